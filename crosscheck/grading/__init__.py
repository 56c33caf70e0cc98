"""A class: many submissions that nobody trusts, judged alike, one line of JSON for each layer."""
