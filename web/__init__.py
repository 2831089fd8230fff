"""What a browser sees: the guard before Dagster's UI, and the pages of this project."""
