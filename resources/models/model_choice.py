"""Which engine a model-driven derivative uses, decided without loading anything.

A choice is made from the settings and from what is on the disk, every few seconds by a sensor and
once per run: making it must cost next to nothing, so that what is expensive (hashing weights) is
remembered by path, size and time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

M = TypeVar("M")

ADDRESS = "url"
"""The parameter that names a server where nothing better tells its model from others."""


@dataclass(frozen=True)
class ModelChoice(Generic[M]):
    """The engine that will do the work, everything that changes its output, and how to open it."""

    engine: str
    """Name of the library, or "builtin"."""
    version: str
    """Of the library: recorded in every row, no part of the fingerprint."""
    parameters: Mapping[str, object]
    """JSON values: model, hash of its weights, hash of the prompt, seed, thresholds."""
    load: Callable[[], M]
    """Opens the model. Called at most once per run, when a source needs it; raises
    ModelUnavailable. Derivatives that share a model share the function's cache."""
    why: str
    """One line for people: what was chosen and for what reason."""
    images_per_call: int = 1
    """Sources that the engine is given at once, at most."""
