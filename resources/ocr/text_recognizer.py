"""Text in pictures: a cheap look whether there is any, then the engine that reads it.

The first look (the gate) is RapidOCR's detector on a copy of at most 640 px. Small print is faint
there or invisible (a dense page of 12 px letters scores 0), so that the busiest part of a large
picture, or of one with small lines, is looked at in full size before the gate closes. Engines read
pixels of renditions that are ours.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from resources.configuration.ocr_settings import OcrSettings
from resources.configuration.settings import Settings
from resources.models.failures import ModelUnavailable
from resources.models.model_choice import ModelChoice
from resources.models.model_files import RememberedFacts
from resources.ocr.page_text import FoundLine, Page, PageReader, Pixels
from resources.ocr.rapidocr_engine import Boxes, RapidOcrReader
from resources.ocr.rapidocr_models import ModelFiles, bundled_models, open_rapidocr
from resources.ocr.tesseract_engine import language_data, open_tesseract, tesseract_version

GATE_PX = 640
"""Longest side of the first look's copy, and side of the part looked at in full size."""

CLOSER_LOOK = 1.5
"""So much larger than the first look's copy, a picture may hold small print that is lost in it."""

SMALL_PX = 24
"""Lower lines are too small in the first look's copy for the detector to be sure of them."""

CLEAR_PX, MOST_ENLARGED = 40, 2.0
"""The second look enlarges lines to that height, but not more than so many times."""

STOUT, FILLING = 2.0, 0.5
"""Width in heights, and height in shorter sides of the picture, of what is no line of text."""

SMALL_LINES = 10
"""Percentile of the line heights that the engines get."""

FEWEST_DIFFERENT = 2
"""Different letters or digits in a text: textures are read as "0000" or "O"."""

CERTAIN = 0.9
"""Confidence from which such a line is kept all the same, if there is other text around."""

SPEAKS_OF_TEXT = re.compile(
    r"\b(text|sign|signs|letter|letters|lettering|word|words|document|page|pages|screenshot|poster"
    r"|book|newspaper|magazine|label|labels|handwriting|handwritten|inscription|caption|headline"
    r"|receipt|menu|map|chart|diagram|banner|billboard|plaque|typewritten|writing|written)\b",
    re.IGNORECASE,
)
"""A caption with one of these words expects text in the picture."""


@dataclass(frozen=True)
class Look:
    """What the gate saw: the best score (0..1) and the height of small lines in px, if any."""

    score: float
    line_px: float | None


@dataclass(frozen=True)
class Recognition:
    """What became of one picture: the text that was read, or why nothing was."""

    page: Page
    gate_score: float | None
    is_read: bool
    is_gated_out: bool


@dataclass(frozen=True)
class TextRecognizer:
    """The gate and the engine behind it."""

    gate: RapidOcrReader | None
    reader: PageReader | None
    gate_score: float

    def recognize(self, pixels: Pixels, *, is_text_expected: bool) -> Recognition:
        """The text of a picture, if the gate finds some or the caller expects it."""
        if self.reader is None:
            return Recognition(NO_TEXT, None, is_read=False, is_gated_out=False)
        look = self._look(pixels)
        if look and look.score < self.gate_score and not is_text_expected:
            return Recognition(NO_TEXT, look.score, is_read=False, is_gated_out=True)
        page = self.reader.read_page(pixels, look.line_px if look else None)
        return Recognition(
            without_noise(page), look.score if look else None, is_read=True, is_gated_out=False
        )

    def _look(self, pixels: Pixels) -> Look | None:
        """Whether there is text; None without a detector."""
        if self.gate is None:
            return None
        longest = max(pixels.shape[:2])
        first_px = min(GATE_PX, longest)
        first = look_at(self.gate.find(pixels, first_px), min(pixels.shape[:2]))
        is_small = first.line_px is not None and first.line_px * first_px / longest < SMALL_PX
        if first.score >= self.gate_score or not (is_small or longest > CLOSER_LOOK * GATE_PX):
            return first
        wanted = CLEAR_PX / first.line_px if first.line_px else 1.0
        scale = min(max(wanted, 1.0), MOST_ENLARGED)
        part = busiest_part(pixels, round(GATE_PX / scale))
        boxes = self.gate.find(part, max(part.shape[:2]) * scale)
        second = look_at(boxes, min(part.shape[:2]))
        return max(first, second, key=lambda look: look.score)


NO_TEXT = Page(0, ())


def look_at(boxes: Boxes, shorter_px: int) -> Look:
    """What the detector's boxes say, in a picture whose shorter side is that.

    Stout boxes about as large as the picture do not count: they are objects and soft spots.
    """
    stout = boxes.sides.max(axis=1) < STOUT * boxes.heights
    is_text = ~(stout & (boxes.heights > FILLING * shorter_px))
    if not is_text.any():
        return Look(0.0, None)
    line_px = float(np.percentile(boxes.heights[is_text], SMALL_LINES))
    return Look(boxes.score, line_px)


def busiest_part(pixels: Pixels, side: int) -> Pixels:
    """The square of this side with the most edges in it (mean absolute Laplacian)."""
    import cv2

    step = 8
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    edges = np.abs(cv2.Laplacian(gray, cv2.CV_32F))
    height, width = (max(1, length // step) for length in gray.shape)
    coarse = cv2.resize(edges, (width, height), interpolation=cv2.INTER_AREA)
    window = min(side // step, width), min(side // step, height)
    sums = cv2.boxFilter(coarse, -1, window, borderType=cv2.BORDER_CONSTANT)
    row, column = np.unravel_index(int(sums.argmax()), sums.shape)
    top = int(np.clip(row * step - side // 2, 0, max(0, gray.shape[0] - side)))
    left = int(np.clip(column * step - side // 2, 0, max(0, gray.shape[1] - side)))
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def without_noise(page: Page) -> Page:
    """The page without lines that are texture read as text."""
    if not any(is_meaningful(line) for line in page.lines):
        return NO_TEXT
    blocks = [
        [line for line in block if is_meaningful(line) or line.confidence >= CERTAIN]
        for block in page.blocks
    ]
    return Page(page.rotation, [block for block in blocks if block])


def is_meaningful(line: FoundLine) -> bool:
    """Whether a line can be more than texture: an ideograph, or two different characters."""
    characters = {char for char in line.text.casefold() if char.isalnum()}
    is_ideograph = any(unicodedata.category(char) == "Lo" for char in characters)
    return is_ideograph or len(characters) >= FEWEST_DIFFERENT


def speaks_of_text(sentence: str) -> bool:
    """Whether a caption lets one expect text in the picture."""
    return SPEAKS_OF_TEXT.search(sentence) is not None


def choose_text_recognizer(settings: Settings) -> ModelChoice[TextRecognizer]:
    """The engine that the settings ask for; ``auto`` takes RapidOCR, else tesseract."""
    ocr, models = settings.ocr, models_of(settings.ocr)
    match ocr.engine:
        case "rapidocr" | "auto" if models or ocr.engine == "rapidocr":
            return rapidocr_choice(settings, models)
        case "tesseract" | "auto" if ocr.engine == "tesseract" or tesseract_version():
            return tesseract_choice(settings, models)
        case "none":
            return no_choice("ocr.engine = none")
        case _:
            return no_choice("neither rapidocr nor tesseract is installed")


def models_of(ocr: OcrSettings) -> ModelFiles | None:
    """RapidOCR's models, with the reading model of the settings; None when it is not installed."""
    models = bundled_models()
    if models and ocr.reading_model:
        return replace(models, reading=ocr.reading_model)
    return models


def rapidocr_choice(settings: Settings, models: ModelFiles | None) -> ModelChoice[TextRecognizer]:
    """RapidOCR with its own gate."""
    ocr = settings.ocr

    def load() -> TextRecognizer:
        if models is None:
            raise ModelUnavailable("rapidocr is not installed: pip install rapidocr onnxruntime")
        reader = open_rapidocr(models, ocr.threads)
        return TextRecognizer(reader, reader, ocr.gate_score)

    return ModelChoice(
        engine="rapidocr",
        version=version("rapidocr") if models else "not installed",
        parameters={
            "gate_score": ocr.gate_score,
            "detection_model_sha256": models and remembered_sha256(models.detection, settings),
            "reading_model_sha256": models and remembered_sha256(models.reading, settings),
        },
        load=load,
        why=f"ocr.engine = {ocr.engine}",
    )


def tesseract_choice(settings: Settings, models: ModelFiles | None) -> ModelChoice[TextRecognizer]:
    """Tesseract behind RapidOCR's gate, or without a gate where that is not installed."""
    ocr = settings.ocr

    def load() -> TextRecognizer:
        gate = open_rapidocr(models, ocr.threads) if models else None
        return TextRecognizer(gate, open_tesseract(ocr.languages, ocr.threads), ocr.gate_score)

    data = language_data()
    return ModelChoice(
        engine="tesseract",
        version=tesseract_version() or "not installed",
        parameters={
            "gate_score": ocr.gate_score,
            "gate_model_sha256": models and remembered_sha256(models.detection, settings),
            "language_sha256": {
                name: remembered_sha256(data[name], settings) if name in data else None
                for name in ocr.languages
            },
        },
        load=load,
        why=f"ocr.engine = {ocr.engine}",
    )


def no_choice(why: str) -> ModelChoice[TextRecognizer]:
    """Nothing is read."""
    return ModelChoice("builtin", "1", {}, lambda: TextRecognizer(None, None, 0.0), why)


def remembered_sha256(file: Path, settings: Settings) -> str | None:
    """The hash of a model's file; None when it is not there, which opening it will report."""
    try:
        return RememberedFacts(settings.media_home).sha256(file)
    except OSError:
        return None
