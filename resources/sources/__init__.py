"""Sources: their identity, their rows, and ``accept``, the only way in."""
