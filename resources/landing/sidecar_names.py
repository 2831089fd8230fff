"""Which files are sidecars, and which picture's name they carry.

A sidecar is beside its picture and is named after it: ``photo.jpg.xmp`` (darktable, digiKam)
belongs to ``photo.jpg``, ``photo.xmp`` (Adobe, Capture One) to every file called ``photo.*``, so
that a raw file and its JPEG share it, and a JSON file of a Google Takeout to the picture that it
names (``takeout_names``). Names are compared without regard to case and Unicode form: programs of
macOS, Windows and Linux write the same name differently.
"""

import os
import unicodedata

from resources.landing.takeout_names import TakeoutName, start_of_names, titles_of

SIDECAR_SUFFIX = b".xmp"

WHOLE_NAME, STEM, TAKEOUT = "whole name", "stem", "takeout"
"""How a sidecar names its picture: XMP with the whole name, which says more, or the stem; JSON of
a Google Takeout."""


def is_sidecar(path: bytes) -> bool:
    """Whether the file is a sidecar, by its name; one that is nothing but a suffix is not."""
    return is_xmp(path) or takeout_name(path) is not None


def is_xmp(path: bytes) -> bool:
    """Whether the file is an XMP sidecar, by its name."""
    name = _name(path)
    return name.lower().endswith(SIDECAR_SUFFIX) and len(name) > len(SIDECAR_SUFFIX)


def takeout_name(path: bytes) -> TakeoutName | None:
    """What the name of a JSON file of a Google Takeout says; None for other files."""
    if path[-5:].lower() != b".json":
        return None
    return TakeoutName.of(_folded_text(_name(path)))


def named_by(sidecar: bytes) -> bytes:
    """The path that an XMP sidecar names: that of its picture, with or without the suffix."""
    return sidecar[: -len(SIDECAR_SUFFIX)]


def stem_of(picture: bytes) -> bytes:
    """The path without the last suffix of its name."""
    return os.path.splitext(picture)[0]  # noqa: PTH122 - bytes


def form_of(sidecar: bytes, picture: bytes) -> str | None:
    """WHOLE_NAME, STEM or TAKEOUT: how the sidecar names the picture. None: it is another one's."""
    if _folder(sidecar) != _folder(picture):
        return None
    if said := takeout_name(sidecar):
        return TAKEOUT if said.names(_folded_text(_name(picture))) else None
    named, name = folded(named_by(sidecar)), folded(picture)
    if named == name:
        return WHOLE_NAME
    return STEM if named == stem_of(name) else None


def folded(path: bytes) -> bytes:
    """The path with its name in one case and Unicode form (canonical caseless match, D145).

    The folder stays as it is.
    """
    name = _name(path)
    text = _folded_text(name).encode("utf-8", "surrogateescape")
    return path[: len(path) - len(name)] + text


Range = tuple[bytes, bytes]
"""Bounds, first included, last not, of folded paths."""


def ranges_beside(path: bytes) -> list[Range]:
    """Where, among folded paths, all are that the file may name or be named by; itself as well."""
    own = folded(path)
    found = [(own, own + b"\0")]
    if said := takeout_name(path):
        folder = path[: len(path) - len(_name(path))]
        return [*found, *((folder + _raw(a), folder + _raw(b)) for a, b in said.starts)]
    if is_xmp(path):
        named = named_by(own)
        return [*found, (named, named + b"\0"), neighbors(named)]
    return [*found, neighbors(own), neighbors(stem_of(own)), *_takeouts(own)]


def _takeouts(own: bytes) -> list[Range]:
    """Where the JSON files of a picture are."""
    name = _name(own)
    folder = own[: len(own) - len(name)]
    titles = titles_of(name.decode("utf-8", "surrogateescape"))
    starts = dict.fromkeys(folder + _raw(start_of_names(title)) for title, _ in titles)
    return [(start, start + b"\xff") for start in starts]


def neighbors(start: bytes) -> Range:
    """The bounds (first included, last not) of all paths that are ``start``, a dot, anything.

    The slash comes right after the dot, so that this is one range of an index.
    """
    return start + b".", start + b"/"


def _folded_text(name: bytes) -> str:
    if name.isascii():
        return name.decode("ascii").lower()
    text = unicodedata.normalize("NFD", name.decode("utf-8", "surrogateescape"))
    return unicodedata.normalize("NFC", text.casefold())


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _name(path: bytes) -> bytes:
    return os.path.basename(path)  # noqa: PTH119 - bytes


def _folder(path: bytes) -> bytes:
    return os.path.dirname(path)  # noqa: PTH120 - bytes
