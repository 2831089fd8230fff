"""Engines that find and read text in pictures."""
