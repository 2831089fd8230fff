"""What the first page shows: batches, work under way, and what waits for a person."""
