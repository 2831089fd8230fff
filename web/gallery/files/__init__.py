"""Pictures and originals as bytes, by content hash or id, never by a path of the request."""
