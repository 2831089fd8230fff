"""What a person says about the sources of one run, for the models of that run."""

from dataclasses import dataclass

LONGEST_HINT = 1000
"""Characters; more would be a text of its own."""


@dataclass(frozen=True)
class Hint:
    """What a person says; ``part`` is the part of the source it is about, None: the whole."""

    text: str
    part: int | None = None


def hint_of(text: str | None, part: int | None = None) -> Hint | None:
    """The hint that a run was given, at most LONGEST_HINT characters; None without one."""
    return Hint(text[:LONGEST_HINT], part) if text and text.strip() else None
