"""What a person says about the pictures of one run, for the models of that run."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_hint: ContextVar[str | None] = ContextVar("hint", default=None)

LONGEST_HINT = 1000


def current_hint() -> str | None:
    """The hint that came with this run; None without one."""
    return _hint.get()


@contextmanager
def hinted(hint: str | None) -> Iterator[None]:
    """Make ``hint`` known to all that is made inside."""
    token = _hint.set(hint[:LONGEST_HINT] if hint and hint.strip() else None)
    try:
        yield
    finally:
        _hint.reset(token)
