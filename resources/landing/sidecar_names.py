"""Which files are sidecars, and which picture's name they carry.

An XMP sidecar is beside its picture and is named after it: ``photo.jpg.xmp`` (darktable, digiKam)
belongs to ``photo.jpg``, ``photo.xmp`` (Adobe, Capture One) to every file called ``photo.*``, so
that a raw file and its JPEG share it.
"""

import os

SIDECAR_SUFFIX = b".xmp"

WHOLE_NAME, STEM = "whole name", "stem"
"""How a sidecar names its picture; the whole name says more."""


def is_sidecar(path: bytes) -> bool:
    """Whether the file is a sidecar, by its name; one that is nothing but a suffix is not."""
    name = os.path.basename(path)  # noqa: PTH119 - bytes
    return name.lower().endswith(SIDECAR_SUFFIX) and len(name) > len(SIDECAR_SUFFIX)


def named_by(sidecar: bytes) -> bytes:
    """The path that a sidecar names: that of its picture, with or without the suffix."""
    return sidecar[: -len(SIDECAR_SUFFIX)]


def stem_of(picture: bytes) -> bytes:
    """The path without the last suffix of its name."""
    return os.path.splitext(picture)[0]  # noqa: PTH122 - bytes


def form_of(sidecar: bytes, picture: bytes) -> str | None:
    """How the sidecar names the picture: WHOLE_NAME, STEM, or None: it is another one's."""
    named = named_by(sidecar)
    if named == picture:
        return WHOLE_NAME
    return STEM if named == stem_of(picture) else None


def neighbors(start: bytes) -> tuple[bytes, bytes]:
    """The bounds (first included, last not) of all paths that are ``start``, a dot, anything.

    The slash comes right after the dot, so that this is one range of an index.
    """
    return start + b".", start + b"/"
