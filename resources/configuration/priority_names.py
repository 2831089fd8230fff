"""How urgent a batch may be: see docs/priorities.md."""

from typing import Literal

Priority = Literal["instant", "standard", "batch"]
"""The most urgent first."""
