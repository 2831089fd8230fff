"""From landing folders to accepted originals, safe to repeat at any time."""
