"""The LanceDB index, the ranking, and the comparisons behind duplicates."""
