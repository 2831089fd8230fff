"""When, by event: what is watched, and which runs it asks for."""
