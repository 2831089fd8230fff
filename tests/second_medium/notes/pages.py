"""The pages of a note: its title, and the pictures in it, each of which becomes a source."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from media_assets.notes.medium import notes
from PIL import Image

from resources.outcomes import RejectedImage
from resources.sources.children import Child, keep_child
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

SIDE_PX = 40


@dataclass(frozen=True)
class Section:
    """One numbered part of a note, and its text as a file."""

    part: int
    heading: str
    text: StoredFile


@dataclass(frozen=True)
class Pages:
    """What a note consists of."""

    title: str
    sections: list[Section]
    children: list[Child]


def make_pages(note: Source) -> Pages:
    """Read the note. Raises RejectedImage when it has no title, OSError while told to."""
    if Path(note.home, "refuse").exists():
        raise OSError("the test wants it so")
    lines = note.content().decode().splitlines()[1:]
    if not lines:
        raise RejectedImage("the note has no title")
    return Pages(lines[0], list(sections(note, lines[1:])), list(pictures(note, lines[1:])))


def sections(note: Source, lines: list[str]) -> Iterator[Section]:
    """Every line is a part of the note."""
    for part, line in enumerate(lines):
        text = note.derivatives.put(line.encode(), ".txt", "text/plain")
        yield Section(part, line, text)


def pictures(note: Source, lines: list[str]) -> Iterator[Child]:
    """The pictures that the lines ask for, one a page."""
    for page, line in enumerate(lines, 1):
        word, _, color = line.partition(" ")
        if word == "picture":
            drawn = io.BytesIO()
            Image.new("RGB", (SIDE_PX, SIDE_PX), color).save(drawn, "PNG")
            place = {"page": page}
            yield keep_child(note, drawn.getvalue(), name=color, suffix=".png", place=place)


pages = notes.asset(make_pages, group_name="notes", kinds={"text"}, code_version="1")
