"""The guard before Dagster's UI: who may come in, and what a request may do."""
