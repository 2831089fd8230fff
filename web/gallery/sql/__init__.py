"""What a visitor writes in SQL: asked under limits, listed, kept by name, given out as files."""
