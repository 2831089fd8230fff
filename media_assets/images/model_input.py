"""Model input: the picture for models, at most 1024 px on the longest side, upright sRGB JPEG.

Made from the viewing copy, never enlarged. Vision models see 224 to 1024 px; reading this file
costs milliseconds where the original costs a full decode.
"""

from dataclasses import dataclass

from media_assets.images.medium import images
from media_assets.images.viewing_copy import ViewingCopy
from resources.decoding.renditions import shrunk_rendition, store_jpeg
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

AT_MOST_PX = 1024

QUALITY = 92
"""A second lossy step: finer than the viewing copy's, so that its own loss adds little."""


@dataclass(frozen=True)
class ModelInput:
    """One model input; `file` is the JPEG."""

    file: StoredFile


def make_model_input(image: Source, viewing_copy: ViewingCopy) -> ModelInput:
    """Shrink the viewing copy and keep the result. Raises OSError when the viewing copy is gone."""
    pixels = shrunk_rendition(image, viewing_copy.file, AT_MOST_PX)
    return ModelInput(store_jpeg(image, pixels, quality=QUALITY))


model_input = images.asset(
    make_model_input,
    group_name="renditions",
    kinds={"jpeg"},
    code_version="2",
    parameters={"at_most_px": AT_MOST_PX, "quality": QUALITY},
)
