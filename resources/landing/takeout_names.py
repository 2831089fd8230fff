"""Which picture a JSON file of a Google Takeout names: rules found in exports; Google tells none.

``IMG_1.jpg`` has ``IMG_1.jpg.supplemental-metadata.json`` (since 2024) or ``IMG_1.jpg.json``. The
whole name is cut to some 46 to 51 characters, so of the long word anything may be left, or not even
the picture's suffix. Of two pictures of one name the second is ``IMG_1(1).jpg``, and its file
``IMG_1.jpg.supplemental-metadata(1).json`` or ``IMG_1.jpg(1).json``. What Google edited
(``IMG_1-edited.jpg``, the word in the owner's language) shares the file of its original.

Sources: TheLastGimbus/GooglePhotosTakeoutHelper (json_extractor, extras), ente/ente#4953. Names
here are text in one form and case (``sidecar_names.folded``).
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

SUFFIX = ".json"
SUPPLEMENT = "supplemental-metadata"

CUT_AT = range(43, 52)
"""Characters, or bytes, of a name without ``.json`` that Google may have cut."""

SHORTEST_CUT = CUT_AT[0]

MEDIA = frozenset(
    {
        *("jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif"),
        *("avif", "jxl", "jp2", "svg", "psd", "insp", "dng", "raw", "arw", "cr2", "cr3", "nef"),
        *("nrw", "orf", "pef", "raf", "rw2", "srw", "x3f", "mp4", "m4v", "mov", "avi", "mpg"),
        *("mpeg", "mts", "m2ts", "3gp", "3g2", "webm", "mkv", "wmv", "mp", "mv"),
    }
)
"""Suffixes of what Google Photos takes."""

EDITED = (
    *("-edited", "-effects", "-smile", "-mix", "-bearbeitet", "-modifié", "-modificato"),
    *("-editado", "-ha editado", "-edytowane", "-bewerkt", "-編集済み", "-editat", "-redigerad"),
    *(
        "-redigeret",
        "-redigert",
        "-muokattu",
        "-upraveno",
        "-szerkesztve",
        "-измененный",
        "-düzenlendi",
    ),
    *("-已修改", "-已編輯", "-수정됨", "-animation", "-collage"),
)
"""Ends of the names of what Google Photos made from a picture."""

NUMBER = re.compile(r"\(\d{1,4}\)$")


@dataclass(frozen=True)
class TakeoutName:
    """What a JSON file's name says: the picture's ``title`` (``is_cut``: its beginning), number."""

    title: str
    number: str
    is_cut: bool

    @classmethod
    def of(cls, name: str) -> Self | None:
        """What this name says, or None: it is no such file's name."""
        if not name.endswith(SUFFIX):
            return None
        base, number = _split_number(name.removesuffix(SUFFIX))
        title, dot, word = base.rpartition(".")
        if not (dot and SUPPLEMENT.startswith(word)):
            title = base
        title, earlier = _split_number(title)
        if _suffix(title) in MEDIA:
            return cls(title, number or earlier, is_cut=False)
        if len(base) in CUT_AT or len(base.encode("utf-8", "surrogateescape")) in CUT_AT:
            return cls(base, number, is_cut=True)
        return None

    def names(self, picture: str) -> bool:
        """Whether it is the file of the picture of this name."""
        return any(self._is(title, number) for title, number in titles_of(picture))

    def _is(self, title: str, number: str) -> bool:
        if number != self.number:
            return False
        return title.startswith(self.title) if self.is_cut else title == self.title

    @property
    def starts(self) -> tuple[tuple[str, str], ...]:
        """Ranges (first included, last not) in which the names of its pictures are."""
        if self.is_cut:
            stem, _ = os.path.splitext(self.title)  # noqa: PTH122 - a name
            return ((stem, stem + "\U0010ffff"),)
        stem = self.title.rpartition(".")[0]
        return ((stem + "(", stem + ")"), (stem + "-", stem + "/"))


def titles_of(picture: str) -> Iterator[tuple[str, str]]:
    """(title, number) under which Google may know the picture, or the original of an edited one."""
    stem, suffix = os.path.splitext(picture)  # noqa: PTH122 - a name
    yield picture, ""
    bare, number = _split_number(stem)
    if number:
        yield bare + suffix, number
    for word in EDITED:
        for edited in (stem, bare):
            if edited.endswith(word):
                original, earlier = _split_number(edited.removesuffix(word))
                yield original + suffix, earlier or (number if edited is bare else "")


def start_of_names(title: str) -> str:
    """How every file begins that names this title, cut or not."""
    return title[:SHORTEST_CUT]


def _split_number(text: str) -> tuple[str, str]:
    found = NUMBER.search(text)
    return (text[: found.start()], found.group()) if found and found.start() else (text, "")


def _suffix(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""
