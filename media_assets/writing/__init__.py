"""What captions and descriptions share: who writes, what they are told, and jobs in bulk."""
