"""Tesseract, where it is installed: cheap on clean pages, and any language it has data for.

The program gets pixels that we decoded ourselves, on its standard input. Which way is up is asked
first (``--psm 0``); a page with too few characters for an answer is read as it is.
"""

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
from PIL import Image

from resources.models.failures import ModelUnavailable
from resources.ocr.page_text import FoundLine, Page, Pixels, cleaned, turned
from resources.ocr.reading_order import Box, extent
from resources.outcomes import RejectedImage

PROGRAM = "tesseract"
WORD = "5"
"""TSV rows of this level are words; lower levels are their page, block, paragraph and line."""

LINE_PX = 40.0
"""Height to which small lines are enlarged: an x-height of about 20 px, as its manual advises."""

MOST_ENLARGED = 3.0
MOST_SECONDS = 120
"""Wall clock for one page; the densest ones take ten seconds."""

TURN = re.compile(r"^Rotate: (\d+)$", re.MULTILINE)


def tesseract_version() -> str | None:
    """Its version, such as "5.3.0"; None when it is not installed."""
    program = shutil.which(PROGRAM)
    return version_of(program) if program else None


@cache
def version_of(program: str) -> str:
    """What the program at this path says of itself, asked once."""
    command = [program, "--version"]
    done = subprocess.run(  # noqa: S603 - a fixed command
        command, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[1]


def language_data() -> dict[str, Path]:
    """The language data that are installed: "eng" -> its file. Empty without tesseract."""
    program = shutil.which(PROGRAM)
    files = data_folder(program).glob("*.traineddata") if program else ()
    return {file.stem: file for file in files}


@cache
def data_folder(program: str) -> Path:
    """Where the program at this path looks for its data, asked once."""
    command = [program, "--list-langs"]
    done = subprocess.run(  # noqa: S603 - a fixed command
        command, capture_output=True, text=True, check=True
    )
    return Path(done.stdout.splitlines()[0].split('"')[1])


def open_tesseract(languages: Sequence[str], threads: int) -> "TesseractReader":
    """A reader for these languages. Raises ModelUnavailable when something is not installed."""
    if tesseract_version() is None:
        raise ModelUnavailable(
            "tesseract is not installed: apt-get install tesseract-ocr, or set ocr.engine to auto"
        )
    if missing := set(languages) - language_data().keys():
        raise ModelUnavailable(
            f"tesseract has no data for {', '.join(sorted(missing))}: "
            f"apt-get install tesseract-ocr-{sorted(missing)[0]}, or change ocr.languages"
        )
    return TesseractReader(tuple(languages), threads)


@dataclass(frozen=True)
class TesseractReader:
    """Reads a page by starting the program twice: for its direction, then for its text."""

    languages: tuple[str, ...]
    threads: int

    def read_page(self, pixels: Pixels, line_px: float | None) -> Page:
        """The text of a page. Raises RejectedImage when it takes longer than MOST_SECONDS."""
        scale = min(max(LINE_PX / line_px, 1.0), MOST_ENLARGED) if line_px else 1.0
        rotation = self._rotation(enlarged(pixels, scale))
        page = enlarged(turned(pixels, rotation), scale)
        done = self._run(page, "-l", "+".join(self.languages), "--psm", "3", "tsv")
        if done.returncode:
            message = done.stderr.decode(errors="replace").strip()
            raise RuntimeError(f"tesseract ended with {done.returncode}: {message}")
        return Page(rotation, blocks_of(done.stdout.decode(), scale))

    def _rotation(self, pixels: Pixels) -> int:
        """By how much the page must be turned; 0 where too few characters give no answer."""
        answer = TURN.search(self._run(pixels, "--psm", "0").stdout.decode())
        return int(answer[1]) if answer else 0

    def _run(self, pixels: Pixels, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        picture = io.BytesIO()
        Image.fromarray(pixels).save(picture, "PNG", compress_level=1)
        try:
            return subprocess.run(  # noqa: S603 - our own arguments; the picture is on stdin
                [PROGRAM, "stdin", "stdout", *arguments],
                input=picture.getvalue(),
                capture_output=True,
                timeout=MOST_SECONDS,
                env={**os.environ, "OMP_THREAD_LIMIT": str(self.threads)},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RejectedImage(f"reading its text takes more than {MOST_SECONDS} s") from error


def enlarged(pixels: Pixels, scale: float) -> Pixels:
    """The picture in this size."""
    if scale == 1:
        return pixels
    height, width = pixels.shape[:2]
    size = round(width * scale), round(height * scale)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def blocks_of(table: str, scale: float) -> list[list[FoundLine]]:
    """Tesseract's TSV as lines in its own blocks and order; boxes are divided by ``scale``."""
    rows = csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = [row for row in rows if row["level"] == WORD and cleaned(row["text"])]
    by_block = groupby(words, key=itemgetter("block_num"))
    return [
        [
            line_of(list(line), scale)
            for _, line in groupby(block, key=itemgetter("par_num", "line_num"))
        ]
        for _, block in by_block
    ]


def line_of(words: Sequence[Mapping[str, str]], scale: float) -> FoundLine:
    """One line from its words; its confidence is their mean per character."""
    texts = [cleaned(word["text"]) for word in words]
    total = sum(map(len, texts))
    confidence = sum(
        len(text) * float(word["conf"]) for text, word in zip(texts, words, strict=True)
    )
    boxes = [box_of(word, scale) for word in words]
    return FoundLine(" ".join(texts), confidence / total / 100, extent(range(len(boxes)), boxes))


def box_of(word: Mapping[str, str], scale: float) -> Box:
    """Where a word is in the picture before it was enlarged."""
    left, top, width, height = (
        float(word[name]) / scale for name in ("left", "top", "width", "height")
    )
    return Box(left, top, left + width, top + height)
