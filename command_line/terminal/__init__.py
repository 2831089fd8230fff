"""How commands talk to a person or a machine: text, tables, JSON, errors."""
