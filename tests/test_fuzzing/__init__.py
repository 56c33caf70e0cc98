"""The search beyond the fixed cases."""
