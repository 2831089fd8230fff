"""Embedding: the picture as a vector, by which it is found by words or by other pictures.

Made by an open_clip model from the model input (from the viewing copy where there is none), with
the model's own preprocessing; without a model by the built-in visual descriptor, which compares
colors and edges. Vectors may be compared exactly when their `space` is the same text. Vectors of
earlier models stay in the history and serve search until the new ones are complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import polars as pl

from media_assets.images.medium import images
from media_assets.images.model_input import ModelInput
from media_assets.images.viewing_copy import ViewingCopy
from resources.decoding.renditions import read_rendition
from resources.embedding.image_encoder import ImageEncoder, choose_image_encoder
from resources.outcomes import ImageProblem
from resources.sources.originals import Source


@dataclass(frozen=True)
class Embedding:
    """One picture's vector.

    `space` names the model's weights and preprocessing; `model` is what to open to encode a query
    for it. `vector` has `dimensions` numbers and L2 norm 1.
    """

    space: str
    model: str
    dimensions: int
    vector: Annotated[list[float], pl.List(pl.Float32)]


def make_embedding(
    images: Sequence[Source],
    model_input: Sequence[ModelInput | None],
    viewing_copy: Sequence[ViewingCopy],
    *,
    model: ImageEncoder,
) -> Sequence[Embedding | ImageProblem]:
    """Encode the images together. Raises OSError when a rendition is gone, OutOfMemory."""
    pictures = [
        read_rendition(image, (small or large).file)
        for image, small, large in zip(images, model_input, viewing_copy, strict=True)
    ]
    vectors = model.encode_images(pictures)
    return [
        Embedding(model.space, model.model, model.dimensions, vector.tolist()) for vector in vectors
    ]


embedding = images.model_asset(
    make_embedding,
    group_name="recognition",
    kinds={"torch"},
    code_version="1",
    choose=choose_image_encoder,
)
