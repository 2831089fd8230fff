"""What exists: every derivative of a source image, one asset per file."""
