"""What a process that may not write hands back instead of keeping it.

A decoder has no right to write files: what it would keep in a content store waits here until its
answer takes it along, and the process that asked keeps it. Plain module state: one picture at a
time.
"""

from dataclasses import dataclass

_waiting: "list[SentFile] | None" = None


@dataclass(frozen=True)
class SentFile:
    """The bytes of a file to be kept in a folder of MEDIA_HOME, such as "derivatives"."""

    folder: str
    suffix: str
    content: bytes


def send_instead_of_keeping() -> None:
    """From now on nothing is written by this process."""
    global _waiting  # noqa: PLW0603 - see the module docstring
    _waiting = []


def is_sending() -> bool:
    """Whether this process hands files back instead of writing them."""
    return _waiting is not None


def send(file: SentFile) -> None:
    """Put a file into the outbox."""
    if _waiting is None:
        raise RuntimeError("this process writes its files itself")
    _waiting.append(file)


def taken_out() -> list[SentFile]:
    """All that waits; the outbox is empty then."""
    global _waiting
    found, _waiting = _waiting or [], [] if _waiting is not None else None
    return found


def keep_again() -> None:
    """From now on this process writes its files itself."""
    global _waiting  # noqa: PLW0603 - see the module docstring
    _waiting = None
