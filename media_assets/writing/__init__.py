"""What captions and descriptions share: who writes, what they get as input, and jobs in bulk."""
