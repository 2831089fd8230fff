"""How files that others may change at any moment are opened."""

import os

OPEN_SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""A link is refused, and a pipe or device that took the file's place cannot block us."""
