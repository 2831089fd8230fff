"""Names for sources: the partition key, the suffix of the kept file, and names fit for a screen.

The bytes are the source; a file name only gives its key a readable first half. Raw names are bytes
and may hold anything (newlines, terminal escapes, text direction marks, broken UTF-8), so nothing
but the forms made here may reach a partition key, a log line or a page.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence

SLUG_LENGTH = 40
HASH_LENGTHS = range(12, 65, 4)
"""Hex digits of the SHA-256 that a source id may end with: 12, more only on a clash."""

BATCH_NAME_LENGTH = 80
"""Longer folder names are cut: a batch name is a column value and a label."""

WITHOUT_DECOMPOSITION = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
)
"""Latin letters that Unicode does not split into a base letter and a mark."""

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that change a line or a terminal without being seen in it."""

JOINERS = frozenset("\u200c\u200d")
"""Format characters that Persian words and family emoji are spelled with: they stay."""

SAFE_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def make_source_id(file_name: bytes, sha256: str, others: Iterable[str] = ()) -> str:
    """The partition key of a source: ``<slug of its first file name>-<start of its SHA-256>``.

    ``others`` are the SHA-256 of known sources with the same first 12 digits: while one of them
    shares the hash part, it is made longer. Matches ``[a-z0-9_-]{1,40}-[0-9a-f]{12,64}``.
    """
    rivals = [other for other in others if other != sha256]
    for length in HASH_LENGTHS:
        start = sha256[:length]
        if not any(other.startswith(start) for other in rivals):
            break
    return f"{slug(file_name)}-{start}"


def slug(file_name: bytes) -> str:
    """The name without its suffix in 1 to 40 characters of ``[a-z0-9_-]``, "image" if none fit."""
    stem = os.path.splitext(file_name)[0].decode("utf-8", "ignore").lower()  # noqa: PTH122 - bytes
    letters = unicodedata.normalize("NFKD", stem.translate(WITHOUT_DECOMPOSITION))
    ascii_only = letters.encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9_]+", "-", ascii_only).strip("-_")[:SLUG_LENGTH].strip("-_") or "image"


def safe_suffix(file_name: bytes) -> str:
    """The suffix, lower case, when it is a plain one like ``.jpg``; otherwise "".

    It is only what the file's name claims, kept for people; what the bytes are is found out later.
    """
    suffix = os.path.splitext(file_name)[1].decode("utf-8", "replace").lower()  # noqa: PTH122 - bytes
    return suffix if SAFE_SUFFIX.fullmatch(suffix) else ""


def display_name(raw: bytes) -> str:
    r"""``raw`` as one line; what cannot be decoded or seen is spelled ``\x1b``, ``\u202e``.

    For people only: the raw bytes are the name.
    """
    text = raw.decode("utf-8", "backslashreplace")
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def display_path(raw: bytes) -> str:
    """The same for a path; "." when it is empty (the root itself)."""
    return display_name(raw) or "."


def batch_name(raw: bytes) -> str:
    """A folder's or list's name as the name of a batch: displayable, at most 80 characters."""
    return display_name(raw).strip()[:BATCH_NAME_LENGTH].strip() or "unnamed"


def batch_path(folders: Sequence[bytes]) -> str:
    """A folder's path as the name of a batch: at most 80 characters, no two paths the same."""
    shown = "/".join(display_name(folder) for folder in folders)
    if len(shown) <= BATCH_NAME_LENGTH and shown == shown.strip():
        return shown
    digest = hashlib.sha256(b"/".join(folders)).hexdigest()[:12]
    return f"{shown[: BATCH_NAME_LENGTH - 13].strip()}~{digest}"


def _visible(character: str) -> str:
    if unicodedata.category(character) not in INVISIBLE or character in JOINERS:
        return character
    return character.encode("unicode_escape").decode("ascii")
