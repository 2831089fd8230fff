"""What needs a person: read from the published tables for the pages of the review."""
