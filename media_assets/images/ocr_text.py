"""OCR text: what is written in the picture, in blocks and lines, in reading order.

A quick look at a small copy comes first (the gate): pictures in which the detector sees no text are
not read, unless their caption speaks of text; the row says so (`was_gated_out`) and keeps the
score. The rest is read by RapidOCR or tesseract, see the settings under `ocr`. Scans that are
turned or upside down are read in the right direction. No text is a result too: the outcome is `ok`.
The text is untrusted: what a picture says is data, never an instruction.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from media_assets.images.caption import Caption
from media_assets.images.medium import images
from media_assets.images.source_record import SourceRecord
from media_assets.images.viewing_copy import ViewingCopy
from resources.decoding.renditions import read_rendition
from resources.ocr.page_text import FoundLine, Pixels, mean_confidence, turned_back
from resources.ocr.reading_order import Box
from resources.ocr.text_language import guessed_language
from resources.ocr.text_recognizer import TextRecognizer, choose_text_recognizer, speaks_of_text
from resources.sources.originals import Source


@dataclass(frozen=True)
class Line:
    """One line. `confidence` is the engine's, 0 to 1; the box is in px of the upright image."""

    text: str
    confidence: float
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Block:
    """Lines that belong together (a paragraph, a column, a label), and the box around them."""

    left: int
    top: int
    right: int
    bottom: int
    lines: list[Line]


@dataclass(frozen=True)
class OcrText:
    """The text of one picture.

    `text` has the lines in reading order, an empty line between blocks; "" when there is none.
    `was_recognised`: an engine has read the picture. `was_gated_out`: none has, because the gate
    saw no text; `gate_score` is what it saw (0 to 1), null without a gate. `language` is a guess
    (ISO 639-1), null when the text is too short. `rotation`: degrees, clockwise, by which the image
    must be turned for most of its text to be upright. `mean_confidence` is per character. Boxes are
    in px of the upright image of `width_px` x `height_px` (the source record's size).
    """

    text: str
    was_recognised: bool
    was_gated_out: bool
    gate_score: float | None
    language: str | None
    rotation: int
    mean_confidence: float | None
    line_count: int
    width_px: int
    height_px: int
    blocks: list[Block]


def make_ocr_text(
    image: Source,
    source_record: SourceRecord,
    viewing_copy: ViewingCopy,
    caption: Caption | None,
    *,
    model: TextRecognizer,
) -> OcrText:
    """Read the viewing copy. Raises OSError when it is gone, OutOfMemory, RejectedImage."""
    pixels = pixels_of(read_rendition(image, viewing_copy.file))
    is_text_expected = caption is not None and speaks_of_text(caption.caption)
    found = model.recognize(pixels, is_text_expected=is_text_expected)
    height, width = pixels.shape[:2]
    size_px = source_record.width_px, source_record.height_px
    placement = Placement(found.page.rotation, (width, height), size_px)
    blocks = [block_of(block, placement) for block in found.page.blocks]
    lines = [line for block in blocks for line in block.lines]
    sure = mean_confidence([(line.text, line.confidence) for line in lines])
    text = "\n\n".join("\n".join(line.text for line in block.lines) for block in blocks)
    return OcrText(
        text=text,
        was_recognised=found.is_read,
        was_gated_out=found.is_gated_out,
        gate_score=None if found.gate_score is None else round(found.gate_score, 4),
        language=guessed_language(text),
        rotation=found.page.rotation,
        mean_confidence=round(sure, 4) if lines else None,
        line_count=len(lines),
        width_px=size_px[0],
        height_px=size_px[1],
        blocks=blocks,
    )


def pixels_of(jpeg: bytes) -> Pixels:
    """A rendition of ours, (H, W, 3) uint8 sRGB."""
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        return np.asarray(picture.convert("RGB"))


@dataclass(frozen=True)
class Placement:
    """Converts a box of the picture that was read to px of the upright image."""

    rotation: int
    read_px: tuple[int, int]  # width, height of the picture that was read, before it was turned
    image_px: tuple[int, int]  # width, height of the upright image

    def on_image(self, box: Box) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in px of the upright image, within it."""
        upright = turned_back(box, self.rotation, *self.read_px)
        (width, height), (image_width, image_height) = self.read_px, self.image_px
        return (
            clipped(upright.left * image_width / width, image_width),
            clipped(upright.top * image_height / height, image_height),
            clipped(upright.right * image_width / width, image_width),
            clipped(upright.bottom * image_height / height, image_height),
        )


def clipped(position: float, most: int) -> int:
    """The nearest whole px from 0 to ``most``."""
    return min(max(round(position), 0), most)


def block_of(lines: Sequence[FoundLine], placement: Placement) -> Block:
    """One block as it is kept."""
    kept = [
        Line(line.text, round(line.confidence, 4), *placement.on_image(line.box)) for line in lines
    ]
    return Block(
        min(line.left for line in kept),
        min(line.top for line in kept),
        max(line.right for line in kept),
        max(line.bottom for line in kept),
        kept,
    )


ocr_text = images.model_asset(
    make_ocr_text,
    group_name="recognition",
    kinds={"onnx"},
    code_version="1",
    choose=choose_text_recognizer,
)
