"""Fixity: whether the bytes of originals and derivatives are still those that were recorded."""
