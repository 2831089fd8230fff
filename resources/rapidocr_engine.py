"""RapidOCR with the PP-OCRv6 models of its wheel: finds text, and reads it, whichever way it lies.

Which way is up is decided by reading: a line that is read upside down is read with a confidence of
about 0.65, upright with 0.98 (measured on 64 lines; the wheel's own direction classifier is wrong
for 3 lines in 8). Nothing is ever downloaded: the models are named by file.

Memory: 0.5 GB after a page of 30 lines, 0.9 GB at most (measured at MOST_PX with 110 lines).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from math import atan2
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resources.failures import ModelUnavailable, OutOfMemory
from resources.page_text import FoundLine, Page, Pixels, cleaned, turned
from resources.reading_order import Box, reading_order

if TYPE_CHECKING:
    from rapidocr import RapidOCR

DETECTION_MODEL = "PP-OCRv6_det_small.onnx"
READING_MODEL = "PP-OCRv6_rec_small.onnx"

MOST_PX = 1600
"""Longest side of the picture in which lines are looked for: time and memory grow with it."""

LEAST_PX = 32
"""Shortest side that the detector takes; smaller pictures are padded."""

THINNEST_PX = 6
"""Lower lines cannot be read; it also bounds the length of a line in heights, and memory."""

TALL = 1.5
"""A box so much higher than wide holds a line that runs down or up."""

PROBES = 4
"""Lines that are read both ways to tell which way is up: the longest ones."""

SURE = 0.85
"""Confidence from which a line was read the right way round."""


@dataclass(frozen=True)
class TextBoxes:
    """Where text seems to be: (n, 4, 2) float32 corners in px, clockwise; the best score (0..1)."""

    corners: NDArray[np.float32]
    score: float

    @property
    def heights(self) -> NDArray[np.float64]:
        """(n,) heights of the lines in px, whichever way they run."""
        sides = np.linalg.norm(self.corners - np.roll(self.corners, 1, axis=1), axis=2)
        return np.asarray(sides.min(axis=1), dtype=np.float64)
