"""What a user may choose about reading text in pictures."""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, PositiveInt


class OcrSettings(BaseModel, frozen=True):
    """How text in pictures is found and read."""

    engine: Literal["auto", "rapidocr", "tesseract", "none"] = Field(
        default="auto",
        description="auto: rapidocr, else tesseract where it is installed. none: read nothing.",
    )
    gate_score: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="Text is read where the detector is at least so sure that there is some; "
        "0 reads every picture.",
    )
    reading_model: Path | None = Field(
        default=None,
        description="Another PP-OCR recognition model (.onnx) for rapidocr, for other scripts.",
    )
    languages: tuple[str, ...] = Field(
        default=("eng",), min_length=1, description="Language data that tesseract reads with."
    )
    threads: PositiveInt = Field(
        default_factory=lambda: min(4, os.cpu_count() or 1),
        description="Processor threads that reading takes.",
    )
