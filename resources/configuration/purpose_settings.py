"""What pictures are kept for, and how what is made for it is stored."""

from typing import Literal

from pydantic import BaseModel, Field

Purpose = Literal["preservation", "viewing", "production", "restoration"]
"""See resources.sources.purposes."""


class Production(BaseModel, frozen=True):
    """How pictures for production are kept."""

    format: Literal["tiff", "webp"] = Field(
        default="tiff", description="tiff: with deflate. webp: lossless, at most 16,383 px a side."
    )
