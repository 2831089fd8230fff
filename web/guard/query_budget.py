"""How much one request of a viewer may use while it is executed, and what ends it.

Every field that is resolved is counted, with the length of the text that it gives; time runs from
the request on, and a client that goes away ends it. The end is raised within the thread that
executes, as a ``BaseException``: graphql-core takes an ``Exception`` for the failure of one field
and goes on with the next.

One field that Dagster computes for long ends only when it returns: that is why arguments called
``limit`` are bounded too, and why a viewer has only so many threads (see ``viewer_threads``).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLResolveInfo

SECONDS = 30.0
"""From the request to its answer; the slowest page of the UI needs about 2 s for its largest."""

MOST_RESOLVED = 200_000
"""Fields of one answer; the usual look at the whole schema resolves 38,254."""

MOST_CHARACTERS = 32 * 1024**2
"""Of all texts in one answer."""

MOST_ENTRIES = 1000
"""What an argument ``limit`` may ask for at most, and stands for where none is given."""

Resolver = Callable[..., Any]


class BudgetSpent(BaseException):
    """The request has used what it may, or nobody waits for it any more; the message says which."""


@dataclass
class QueryBudget:
    """What is left for one request."""

    until_s: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    resolved: int = 0
    characters: int = 0
    stopped: str = ""

    @property
    def seconds_left(self) -> float:
        """Until the request has to be answered; never below 0."""
        return max(0.0, self.until_s - time.monotonic())

    def stop(self, why: str) -> None:
        """Let the thread that executes the request end at its next field."""
        self.stopped = why

    def spend(self) -> None:
        """Count one field. Raises BudgetSpent."""
        self.resolved += 1
        if self.resolved > MOST_RESOLVED:
            self.stopped = f"This asks for too much at once: more than {MOST_RESOLVED} fields."
        elif not self.seconds_left:
            self.stopped = TOO_LONG
        if self.stopped:
            raise BudgetSpent(self.stopped)

    def spend_text(self, value: object) -> None:
        """Count the characters of a text, or of a list of texts. Raises BudgetSpent."""
        texts = value if type(value) is list else (value,)
        self.characters += sum(len(text) for text in texts if isinstance(text, str))
        if self.characters > MOST_CHARACTERS:
            raise BudgetSpent("This asks for too much at once: the answer would be too long.")


TOO_LONG = f"This was stopped: it took longer than {SECONDS:.0f} s."


def bounded_arguments(info: GraphQLResolveInfo, given: Mapping[str, Any]) -> dict[str, Any]:
    """The field's arguments with every ``limit`` between 1 and MOST_ENTRIES."""
    arguments = dict(given)
    known = info.parent_type.fields.get(info.field_name)
    if known and "limit" in known.args:
        arguments["limit"] = arguments.get("limit") or MOST_ENTRIES
    for name, value in arguments.items():
        if name.endswith("limit") and isinstance(value, int):
            arguments[name] = value if 0 < value <= MOST_ENTRIES else MOST_ENTRIES
    return arguments
