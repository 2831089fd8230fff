"""Telling people: messages are kept in an outbox first, then sent until each target has them."""
