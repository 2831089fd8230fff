"""The trained vision-language model that knows drawn shapes, and pictures for it.

Made by ``python -m tests.models.train_tiny_language_model``; see there.
"""

import io
import random
from pathlib import Path

from tests.models.shapes import Drawing, draw

MODEL = Path(__file__).parent / "text.gguf"
PROJECTOR = Path(__file__).parent / "projector.gguf"

CAPTION_PROMPT = Path(__file__).parent / "caption.md"
"""Short: each character is a token to this model, and long prompts spoil its captions. Its
descriptions come out right with the product's own prompt."""


def jpeg_of(drawing: Drawing, side_px: int = 128, seed: int | None = None) -> bytes:
    """The drawing as a JPEG of ours; with a seed, one of many like it."""
    rng = None if seed is None else random.Random(seed)
    file = io.BytesIO()
    draw(drawing, side_px, rng).save(file, "JPEG", quality=92)
    return file.getvalue()
