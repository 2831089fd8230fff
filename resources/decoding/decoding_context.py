"""What is in force while one picture is decoded: the limits, and the warnings so far.

Both are plain module state, not context variables: libvips reports warnings from threads of its
own, and a decoder process works on one picture at a time. What decodes belongs elsewhere.
"""

import logging
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from resources.configuration.settings import Limits

MAX_NOTES = 20
"""Warnings kept per picture; a damaged file can produce one per row of pixels."""

MAX_TEXT = 200
"""Characters kept of one message of a decoder: it may quote the file."""

logger = logging.getLogger(__name__)

_notes: list[str] | None = None
_limits: Limits = Limits()
_is_killable = False


def note(message: str) -> None:
    """Record a warning of the reader: the picture is usable and its outcome is ``degraded``.

    The same message counts once. Outside ``collected_notes`` it is only logged.
    """
    text = one_line(message)
    if _notes is None:
        logger.debug("decoder warning: %s", text)
    elif text and text not in _notes and len(_notes) < MAX_NOTES:
        _notes.append(text)


@contextmanager
def collected_notes() -> Iterator[list[str]]:
    """Collect every ``note`` made inside the block into the list it gives."""
    global _notes  # noqa: PLW0603 - see the module docstring
    outer, _notes = _notes, []
    try:
        yield _notes
    finally:
        _notes = outer


def limits_in_force() -> Limits:
    """The limits of this process: those of its pool, or the defaults outside a pool."""
    return _limits


def enforce_in_this_process(limits: Limits) -> None:
    """Make ``limits`` those in force, in a process that may be killed when it exceeds them."""
    global _limits, _is_killable
    _limits, _is_killable = limits, True


@contextmanager
def killed_after(cpu_seconds: float) -> Iterator[None]:
    """Have the kernel end this process (SIGPROF) when the block uses more processor time than that.

    For SVG, which libvips draws uninterruptibly; does nothing outside a decoder pool. A busy
    machine takes longer, but needs no more processor time.
    """
    if not _is_killable:
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def one_line(message: str) -> str:
    """One printable line of at most MAX_TEXT characters: a decoder's words may quote the file."""
    printable = "".join(char if char.isprintable() else " " for char in message)
    line = re.sub(r"\s+", " ", printable).strip(" ;:")
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"
