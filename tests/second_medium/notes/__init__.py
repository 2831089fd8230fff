"""Notes: a small second medium, to prove that a medium is a value and a folder."""
