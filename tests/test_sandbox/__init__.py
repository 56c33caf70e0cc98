"""Code under test that means harm, at every level that this machine has."""
