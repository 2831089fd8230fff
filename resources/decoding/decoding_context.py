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


class Notes(list[str]):
    """The warnings about one source, each once.

    ``is_degraded`` says that one of them is of the picture itself; all others are remarks.
    """

    is_degraded = False

    def keep(self, text: str) -> None:
        """Add a text, unless it is empty, there already, or one too many."""
        if text and text not in self and len(self) < MAX_NOTES:
            self.append(text)


class FreshProcessNeeded(Exception):
    """A program that this process talked to has ended, and it may start no other."""


_notes: Notes | None = None
_limits: Limits = Limits()
_is_killable = False
_may_start_programs = True
_is_last_try = False


def note(message: str) -> None:
    """Record that the picture is usable but worse than its file promises: it is ``degraded``.

    The same message counts once. Outside ``collected_notes`` it is only logged.
    """
    remark(message)
    if _notes is not None and one_line(message):
        _notes.is_degraded = True


def remark(message: str) -> None:
    """Record a warning that is not about the picture itself: the outcome stays ``ok``."""
    text = one_line(message)
    if _notes is None:
        logger.debug("decoder warning: %s", text)
    else:
        _notes.keep(text)


@contextmanager
def collected_notes() -> Iterator[Notes]:
    """Collect every ``note`` and ``remark`` made inside the block into the list it gives."""
    global _notes  # noqa: PLW0603 - see the module docstring
    outer, _notes = _notes, Notes()
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


def forbid_programs(*, is_last_try: bool) -> None:
    """Note that this process can start no program from now on.

    ``is_last_try``: it is the second one that tries its picture, and no third one will.
    """
    global _may_start_programs, _is_last_try
    _may_start_programs, _is_last_try = False, is_last_try


def may_start_programs() -> bool:
    """Whether this process can start a program."""
    return _may_start_programs


def refuse_to_do_without() -> None:
    """Have another process try once more. Raises FreshProcessNeeded, unless this is the last."""
    if not _may_start_programs and not _is_last_try:
        raise FreshProcessNeeded


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
