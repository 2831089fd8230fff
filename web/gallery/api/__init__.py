"""The pages' content as JSON, read-only."""
