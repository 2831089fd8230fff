"""Engines that turn pictures and texts into vectors, and which of them serves searches."""
