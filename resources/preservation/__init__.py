"""Backup as a BagIt bag, and restoring from it."""
