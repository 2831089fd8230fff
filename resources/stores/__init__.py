"""Content-addressed files: kept originals and derivatives, and the room that is left for them."""
