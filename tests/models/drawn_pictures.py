"""Where the tiny open_clip model is, and pictures for it as the product would give them."""

import io
import random
from collections.abc import Iterable
from pathlib import Path

from tests.models.shapes import Drawing, draw

TINY_CLIP = Path(__file__).parent / "tiny_clip"
PICTURE_PX = 160


def png(drawing: Drawing, *, seed: int = 7) -> bytes:
    """A drawing that no training has seen."""
    rng = random.Random(f"{drawing.sentence} {seed}")
    file = io.BytesIO()
    draw(drawing, PICTURE_PX, rng).save(file, "PNG")
    return file.getvalue()


def pngs(drawings: Iterable[Drawing]) -> list[bytes]:
    return [png(drawing) for drawing in drawings]
