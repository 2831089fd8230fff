"""One thing to do with chosen pictures = one file."""
