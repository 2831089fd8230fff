"""What ``media doctor`` finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``advice`` is set when something is to be done."""

    what: str
    found: str
    advice: str | None = None
    is_fault: bool = False
