"""How files come from a browser: piece by piece from a script, or as one form without."""
