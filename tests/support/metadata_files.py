"""Pictures drawn for the tests, and the way from an original to its renditions."""

import numpy as np
from PIL import Image, ImageFilter

from media_assets.images.source_record import make_source_record
from media_assets.images.thumbnails import Thumbnails, make_thumbnails
from media_assets.images.viewing_copy import ViewingCopy, make_viewing_copy
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile


def scene(width: int = 900, height: int = 600, *, seed: int = 1) -> Image.Image:
    """A soft random picture with detail at every scale, different for every seed."""
    grain = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for scale in (3, 6, 12, 24):
        patch = grain.integers(0, 255, (scale, scale, 3), dtype=np.uint8)
        layer = Image.fromarray(patch).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(layer, dtype=float) / scale
    total -= total.min()
    picture = Image.fromarray((total * (255 / total.max())).astype(np.uint8))
    return picture.filter(ImageFilter.SHARPEN)


def viewing_copy_of(image: Source) -> ViewingCopy:
    return make_viewing_copy(image, make_source_record(image))


def thumbnails_of(image: Source) -> Thumbnails:
    return make_thumbnails(image, viewing_copy_of(image))


def opened(image: Source, file: StoredFile) -> Image.Image:
    """The stored picture itself, as another program sees it."""
    picture = Image.open(image.home / file.path)
    picture.load()
    return picture
