"""How it is asked: SQL models over the row tables, one SELECT per file, tested as asset checks."""
