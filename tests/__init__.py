"""The tests. A package by name: one that pip installs (Pairtree) brings a ``tests`` of its own."""
