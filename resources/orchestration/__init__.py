"""What Dagster runs on: its home, its event storage, its runs and their locks."""
