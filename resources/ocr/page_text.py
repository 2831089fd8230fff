"""Text found on a page, as every engine returns it and as it is kept.

Engines see one upright page. Its text may still be turned (a scan fed sideways): ``rotation`` says
by how much, and engines report boxes of the picture turned so that the text is upright.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from resources.ocr.reading_order import Box

Pixels = NDArray[np.uint8]
"""(H, W, 3) sRGB."""

ROTATIONS = (0, 90, 180, 270)
"""Degrees, clockwise, by which a picture is turned so that its text is upright."""


@dataclass(frozen=True)
class FoundLine:
    """One line: its text, the engine's confidence (0 to 1), and where it is in the turned page."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class Page:
    """The lines of a picture turned by ``rotation``, in blocks, in reading order."""

    rotation: int
    blocks: Sequence[Sequence[FoundLine]]

    @property
    def lines(self) -> list[FoundLine]:
        """All lines, in reading order."""
        return [line for block in self.blocks for line in block]


class PageReader(Protocol):
    """An engine that reads text."""

    def read_page(self, pixels: Pixels, line_px: float | None) -> Page:
        """The text of a page. ``line_px`` is the height of its small lines, where it is known."""


def turned(pixels: Pixels, rotation: int) -> Pixels:
    """The picture turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90))


def turned_back(box: Box, rotation: int, width: int, height: int) -> Box:
    """Where a box of the turned picture is in the picture of this size that was turned."""
    match rotation:
        case 90:
            return Box(box.top, height - box.right, box.bottom, height - box.left)
        case 180:
            return Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
        case 270:
            return Box(width - box.bottom, box.left, width - box.top, box.right)
        case _:
            return box


def cleaned(text: str) -> str:
    """``text`` in one line, composed (NFC), without control, invisible or direction characters."""
    composed = unicodedata.normalize("NFC", text)
    words = "".join(char if char.isprintable() else " " for char in composed).split()
    return " ".join(words)


def mean_confidence(read: Sequence[tuple[str, float]]) -> float:
    """Mean per character of (text, confidence); 0 without any."""
    total = sum(len(text) for text, _ in read)
    weighted: float = sum(len(text) * confidence for text, confidence in read)
    return weighted / total if total else 0.0
