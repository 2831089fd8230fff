"""DuckDB on the rows: media.duckdb, the live views, and a user's read-only SQL."""
