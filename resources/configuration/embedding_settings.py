"""What a user may choose about vectors and tags."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, PositiveInt


class EmbeddingSettings(BaseModel, frozen=True):
    """What turns pictures into vectors."""

    model: str = Field(
        default="auto",
        min_length=1,
        description="auto: a model fetched with media models get, else builtin. builtin: the "
        "visual descriptor without weights. NAME/TAG: an open_clip model in the Hugging Face "
        "cache. Or the folder of an open_clip model.",
    )
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="The weights must have this SHA-256, or nothing is embedded.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="Where it runs.")
    images_per_call: PositiveInt | Literal["auto"] = Field(
        default="auto", description="Pictures the model gets at once: 8 on a CPU, 64 on a GPU."
    )


class TagsSettings(BaseModel, frozen=True):
    """What zero-shot tags are chosen from."""

    labels: Path | None = Field(
        default=None, description="Candidate-label file; none means the one shipped."
    )
    at_most: PositiveInt = Field(default=5, description="Labels kept per picture.")
    least_score: float = Field(
        default=0.05, ge=0, le=1, description="A label needs this share of the softmax."
    )


class TextEmbeddingSettings(BaseModel, frozen=True):
    """What turns texts about pictures into vectors."""

    model: str = Field(
        default="auto",
        min_length=1,
        description="auto: the text half of embedding.model, else builtin. builtin: hashed words. "
        "Or the folder of a sentence-transformers model.",
    )
