"""RapidOCR with the PP-OCRv6 models of its wheel: finds text, and reads it in any direction.

Which way is up is decided by reading: a line that is read upside down is read with a confidence of
about 0.65, upright with 0.98 (measured on 64 lines; the wheel's own direction classifier is wrong
for 3 lines in 8).

Memory of the process: 0.4 GB with a page of a few lines, 1.0 GB at most (306 lines on a page; noise
of 2048 x 2048 px). MOST_PX and THINNEST_PX bound it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import cos, radians, sin
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resources.models.failures import OutOfMemory
from resources.ocr.page_text import FoundLine, Page, Pixels, cleaned, mean_confidence, turned
from resources.ocr.reading_order import Box, LinePieces, extent, reading_order

if TYPE_CHECKING:
    from rapidocr import RapidOCR

LINE_PX = 28.0
"""Height of a line in the picture in which lines are looked for: half of it loses lines of dense
pages, twice of it tears large letters apart."""

LEAST_PX, MOST_PX = 640, 1600
"""Longest side of that picture, where the original is not smaller: time and memory grow with it."""

NARROWEST_PX = 32
"""Shortest side that the detector takes; smaller pictures are padded with their edges."""

THINNEST_PX = 6
"""Lower lines cannot be read; it also bounds a line's length in heights, and so memory."""

TALL = 1.5
"""A box so much higher than wide holds a line that runs up or down."""

PROBES = 4
"""Lines that are read both ways to find which way is up: the longest ones."""

SURE = 0.85
"""Confidence from which a line was read the right way round."""

LEAST_CONFIDENCE = 0.5
"""Lines below it are noise more often than text (RapidOCR's own default)."""

SKEW_DEGREES = 0.3
"""Smaller slopes of a page are ignored: they come from rounding the corners."""


@dataclass(frozen=True)
class Boxes:
    """Where text seems to be.

    ``corners``: (n, 4, 2) float32 px, clockwise from the top left. ``score``: the best, 0 to 1
    (RapidOCR 3.10 sorts boxes but not their scores, so that the others cannot be assigned).
    """

    corners: NDArray[np.float32]
    score: float

    @property
    def sides(self) -> NDArray[np.float64]:
        """(n, 2) px: along the upper edge, and down."""
        across = np.linalg.norm(self.corners[:, 1] - self.corners[:, 0], axis=1)
        down = np.linalg.norm(self.corners[:, 3] - self.corners[:, 0], axis=1)
        return np.stack([across, down], axis=1).astype(np.float64)

    @property
    def heights(self) -> NDArray[np.float64]:
        """(n,) px: of the lines, in any direction."""
        return np.asarray(self.sides.min(axis=1))

    def __len__(self) -> int:
        return len(self.corners)


NO_BOXES = Boxes(np.zeros((0, 4, 2), np.float32), 0.0)


class RapidOcrReader:
    """Finds and reads text; for one thread at a time."""

    def __init__(self, engine: "RapidOCR") -> None:
        self._engine = engine

    def find(self, pixels: Pixels, longest_px: float) -> Boxes:
        """Where text is, looked for in a copy of about this size; corners are of ``pixels``."""
        from rapidocr.ch_ppocr_det import TextDetOutput

        small, scale = scaled(pixels, longest_px)
        with memory_errors():
            found = self._engine(small[:, :, ::-1], use_det=True, use_cls=False, use_rec=False)
        if not isinstance(found, TextDetOutput) or found.boxes is None or not found.scores:
            return NO_BOXES  # RapidOCR answers with another class when it finds nothing
        corners = np.asarray(found.boxes, np.float32) / np.float32(scale)
        return Boxes(corners, float(max(found.scores)))

    def read_page(self, pixels: Pixels, line_px: float | None) -> Page:
        """The text of a page in any direction."""
        longest_px = search_px(pixels, line_px)
        boxes = readable(self.find(pixels, longest_px))
        rotation = self._rotation(pixels, boxes)
        if rotation:
            pixels = turned(pixels, rotation)
            boxes = readable(self.find(pixels, longest_px))
        read = self._read_either_way(crops(pixels, boxes))
        kept = [
            place for place, (text, sure) in enumerate(read) if text and sure >= LEAST_CONFIDENCE
        ]
        return Page(rotation, in_blocks(boxes.corners[kept], [read[place] for place in kept]))

    def _rotation(self, pixels: Pixels, boxes: Boxes) -> int:
        """By how much the page must be turned for most of its text to be upright."""
        is_tall = boxes.sides[:, 1] > TALL * boxes.sides[:, 0]
        lengths = boxes.sides.max(axis=1, initial=0.0)
        runs_down = bool(lengths[is_tall].sum() > lengths.sum() / 2)
        longest = np.argsort(-lengths * (is_tall == runs_down), kind="stable")[:PROBES]
        probes = crops(pixels, Boxes(boxes.corners[longest], boxes.score))
        as_is = mean_confidence(self._read(probes))
        base = 270 if runs_down else 0
        if as_is >= SURE:
            return base
        upside_down = mean_confidence(self._read([crop[::-1, ::-1] for crop in probes]))
        if max(as_is, upside_down) < LEAST_CONFIDENCE:
            return 0
        return base if as_is >= upside_down else (base + 180) % 360

    def _read_either_way(self, lines: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Each line as it is, or upside down where that is read with more confidence."""
        read = self._read(lines)
        doubtful = [place for place, (_, confidence) in enumerate(read) if confidence < SURE]
        other_way = self._read([lines[place][::-1, ::-1] for place in doubtful])
        for place, other in zip(doubtful, other_way, strict=True):
            read[place] = max(read[place], other, key=lambda one: one[1])
        return read

    def _read(self, lines: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Text and confidence of each line."""
        if not lines:
            return []
        with memory_errors():
            read = self._engine.recognize_txt([np.ascontiguousarray(line) for line in lines])
        return [
            (cleaned(text), float(confidence))
            for text, confidence in zip(read.txts or (), read.scores, strict=True)
        ]


def search_px(pixels: Pixels, line_px: float | None) -> float:
    """Longest side of the picture in which lines are looked for, given their height in this one."""
    longest = float(max(pixels.shape[:2]))
    wanted = longest * LINE_PX / line_px if line_px else longest
    return min(max(wanted, min(LEAST_PX, longest)), MOST_PX)


def scaled(pixels: Pixels, longest_px: float) -> tuple[Pixels, float]:
    """The picture with its longest side of about that, padded to NARROWEST_PX; and the scale."""
    height, width = pixels.shape[:2]
    scale = longest_px / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    filters = Image.Resampling.BILINEAR if scale > 1 else Image.Resampling.LANCZOS
    small = np.asarray(Image.fromarray(pixels).resize(size, filters))
    missing = [(0, max(0, NARROWEST_PX - side)) for side in small.shape[:2]]
    return np.pad(small, [*missing, (0, 0)], mode="edge"), scale


def readable(boxes: Boxes) -> Boxes:
    """The boxes that are high enough for their text to be read."""
    return Boxes(boxes.corners[boxes.heights >= THINNEST_PX], boxes.score)


def crops(pixels: Pixels, boxes: Boxes) -> list[Pixels]:
    """Each box cut out and laid flat; a tall one is turned, so that text running up is upright."""
    from rapidocr.utils.process_img import get_rotate_crop_image

    return [get_rotate_crop_image(pixels, corners.copy()) for corners in boxes.corners]


def in_blocks(
    corners: NDArray[np.float32], read: Sequence[tuple[str, float]]
) -> list[list[FoundLine]]:
    """Lines in blocks in reading order; what is read first is decided on the page made straight."""
    straight = [box_around(one) for one in straightened(corners)]
    where = [box_around(one) for one in corners]
    return [[line_of(row, where, read) for row in block] for block in reading_order(straight)]


def line_of(row: LinePieces, where: Sequence[Box], read: Sequence[tuple[str, float]]) -> FoundLine:
    """One line from its pieces, left to right."""
    pieces = [read[place] for place in row]
    return FoundLine(
        " ".join(text for text, _ in pieces), mean_confidence(pieces), extent(row, where)
    )


def straightened(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """The corners turned around the origin by the page's slope, the median of its wide boxes'."""
    edges = corners[:, 1] - corners[:, 0]
    heights = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    is_wide = np.abs(edges[:, 0]) > 3 * heights
    if not is_wide.any():
        return corners
    slope = float(np.median(np.arctan2(edges[is_wide, 1], edges[is_wide, 0])))
    if abs(slope) < radians(SKEW_DEGREES):
        return corners
    turn = np.array([[cos(slope), -sin(slope)], [sin(slope), cos(slope)]], np.float32)
    return corners @ turn


def box_around(corners: NDArray[np.float32]) -> Box:
    """The upright rectangle around four corners."""
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Box(left, top, right, bottom)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Raise OutOfMemory where ONNX Runtime found no memory."""
    from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

    try:
        yield
    except ONNXRuntimeError as error:
        if "alloc" not in str(error):
            raise
        raise OutOfMemory("reading text: ONNX Runtime found no memory") from error
