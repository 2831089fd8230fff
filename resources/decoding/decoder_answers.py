"""What a decoder process answers: plain values of declared types, never pickled objects.

A picture may have taken its decoder over, so nothing that comes from there is believed. The answer
is MessagePack and holds what the called function declares to return, or it is refused; texts are
cleaned and cut; files come as bytes, whose digest, name and place are made here; and a value that
names a file must name one of these.
"""

import dataclasses
import re
from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Any

import msgspec

from resources.configuration.media_home import MediaHome
from resources.decoding.decoding_context import MAX_NOTES, one_line
from resources.failure_classes import FailureClass
from resources.outcomes import USABLE, Outcome
from resources.stores.content_store import ContentStore, StoredFile
from resources.stores.outbox import SentFile

LARGEST_ANSWER_BYTES = 256 * 1024**2
"""The renditions of one picture together have a few MB."""

MOST_FILES = 64
MOST_TRACEBACK_LINES = 60
SUFFIX = re.compile(r"\.[a-z0-9]{1,10}")

STARTS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
"""How files begin that are shown to people or read by models."""

MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".json": "application/json",
    ".txt": "text/plain",
}
"""What a decoder may make to be served later; nothing that a browser would run."""

HARMLESS = (str, float, bytes, NoneType)
"""Most of a payload: a column holds any of these."""

INTEGERS = range(-(2**63), 2**63)
"""What a column of numbers holds."""

KeptFiles = Mapping[str, StoredFile]
"""The files that came with an answer, by their path relative to MEDIA_HOME."""


class AnswerRefused(Exception):
    """The answer is not what the called function declares; its process may be in other hands."""


@dataclasses.dataclass(frozen=True)
class Attempt:
    """The result of one source in one derivative. ``value`` is the payload when it is usable.

    ``traceback`` is that of a failure, for the log. ``partial_preview`` shows what is there of a
    source that was refused. ``kept`` are the files that its process sent along.
    ``failure_class`` says why it failed for our reasons.
    """

    outcome: Outcome
    reason: str | None = None
    value: object | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    traceback: str | None = None
    partial_preview: StoredFile | None = None
    kept: KeptFiles = dataclasses.field(default_factory=dict, compare=False, repr=False)
    failure_class: FailureClass | None = None


class SentAttempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An Attempt on its way; its value is still encoded."""

    outcome: Outcome
    reason: str | None
    value: msgspec.Raw
    warnings: list[str]
    seconds: float
    traceback: str | None
    partial_preview: StoredFile | None
    failure_class: FailureClass | None


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that comes back for one task. ``is_last``: the process asks to be replaced."""

    attempt: SentAttempt
    files: list[SentFile]
    is_last: bool


def sent(attempt: Attempt) -> SentAttempt:
    """``attempt`` for the way back. Raises TypeError for a value that is not plain."""
    return SentAttempt(
        attempt.outcome,
        attempt.reason,
        msgspec.Raw(msgspec.msgpack.encode(attempt.value)),
        list(attempt.warnings),
        attempt.seconds,
        attempt.traceback,
        attempt.partial_preview,
        attempt.failure_class,
    )


def read_answer(answer: bytes) -> Answer:
    """The answer, its value not looked at yet. Raises AnswerRefused."""
    found: Answer = _decoded(answer, Answer)
    return found


def keep_files(files: list[SentFile], home: MediaHome) -> KeptFiles:
    """Keep the files that came with an answer. Raises AnswerRefused, OSError."""
    if len(files) > MOST_FILES:
        raise AnswerRefused(f"{len(files)} files are too many")
    stores = {"derivatives": home.derivatives, "originals": home.originals}
    kept = {}
    for file in files:
        if file.folder not in stores or not SUFFIX.fullmatch(file.suffix):
            raise AnswerRefused("a file of no known kind")
        media_type = MEDIA_TYPES.get(file.suffix, "")
        if file.folder == "derivatives" and not _is_of_kind(file.content, media_type):
            raise AnswerRefused(f"a {file.suffix} file that is none")
        one = ContentStore(stores[file.folder]).put(file.content, file.suffix, media_type)
        kept[one.path] = one
    return kept


def received(attempt: SentAttempt, returned: Any, kept: KeptFiles, seconds: float) -> Attempt:
    """The attempt with a value of the type ``returned``; ``seconds`` is what it took at most.

    Raises AnswerRefused.
    """
    is_usable = attempt.outcome in USABLE
    if attempt.outcome is Outcome.SKIPPED:
        raise AnswerRefused("an outcome that decoders do not have")
    value = _decoded(attempt.value, returned) if is_usable else None
    _check([value, attempt.partial_preview], kept)
    is_possible = 0 <= attempt.seconds <= seconds
    return Attempt(
        attempt.outcome,
        None if attempt.reason is None else one_line(attempt.reason),
        value,
        tuple(one_line(text) for text in attempt.warnings[:MAX_NOTES]),
        attempt.seconds if is_possible else seconds,
        None if attempt.traceback is None else _indented(attempt.traceback),
        attempt.partial_preview,
        kept,
        attempt.failure_class,
    )


def _decoded(content: bytes | msgspec.Raw, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(content, type=Any if kind is object else kind)
    except (msgspec.DecodeError, RecursionError, ValueError, OverflowError) as error:
        raise AnswerRefused(one_line(str(error))) from error


def _is_of_kind(content: bytes, media_type: str) -> bool:
    return bool(media_type) and content.startswith(STARTS.get(media_type, b""))


def _check(value: object, kept: KeptFiles) -> None:
    """Raise AnswerRefused for a file that did not come along, and for what no column holds."""
    if isinstance(value, HARMLESS):
        return
    if isinstance(value, int) and value not in INTEGERS:
        raise AnswerRefused("a number that is too large")
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise AnswerRefused("a time with a time zone")
    if isinstance(value, list | tuple):
        for one in value:
            _check(one, kept)
    elif isinstance(value, dict):
        _check([*value.values()], kept)
    elif dataclasses.is_dataclass(value):
        fields = vars(value)
        if {"path", "sha256", "size_bytes"} <= fields.keys():
            _check_file(fields, kept)
        _check([*fields.values()], kept)


def _check_file(named: Mapping[str, object], kept: KeptFiles) -> None:
    """A file as a payload names it, be it a StoredFile or a child that is to be accepted."""
    file = kept.get(str(named["path"]))
    if file is None or (file.sha256, file.size_bytes) != (named["sha256"], named["size_bytes"]):
        raise AnswerRefused("a file that did not come with it")
    if named.get("media_type", file.media_type) not in (file.media_type, ""):
        raise AnswerRefused("a file of another kind than its name says")
    if named.get("source_id") is not None:
        raise AnswerRefused("a child that is accepted already")


def _indented(text: str) -> str:
    """A traceback whose lines cannot be taken for lines of the log."""
    lines = text.splitlines()[-MOST_TRACEBACK_LINES:]
    return "".join(
        f"\n    {' ' * (len(line) - len(line.lstrip()))}{one_line(line)}" for line in lines
    )
