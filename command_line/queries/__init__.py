"""Reading the tables for a command."""
