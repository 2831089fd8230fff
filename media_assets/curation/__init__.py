"""What people decide about images: edits and preferred versions. Appended to, never overwritten."""
