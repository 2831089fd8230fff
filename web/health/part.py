"""One part of the service, and what a look at it finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Finding:
    """Whether a part works (None: it is told, and nobody judges it), and one sentence.

    The sentence holds no path and no secret: every user may read it. ``facts`` are the measures
    behind it, with their units in their names. ``advice`` is set when something is to be done.
    """

    ok: bool | None
    said: str
    facts: Mapping[str, object] = field(default_factory=dict)
    advice: str | None = None


class Part(NamedTuple):
    """A part by its name. ``look`` may take long, or raise: see ``looks``.

    Without a part that ``serves``, requests cannot be answered: it decides about readiness.
    """

    name: str
    look: Callable[[], Finding]
    serves: bool = False
