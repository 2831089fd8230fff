"""TIFF that libvips misreads, through libtiff itself: half floats, and JPEG of the old style.

libvips takes half floats for integers, and Pillow leaves blank what libtiff refuses of old-style
JPEG; libtiff in imagecodecs gives the samples as they are, or an error.
"""

import imagecodecs
import numpy as np
import pyvips
from numpy.typing import NDArray

from resources.configuration.settings import Limits
from resources.decoding import pillow_decoding
from resources.decoding.decoder_words import in_words
from resources.decoding.image_formats import ImageHeader
from resources.decoding.tiff_tags import OLD_JPEG, read_tiff_tags
from resources.decoding.upright_srgb import to_upright_srgb
from resources.decoding.vips_decoding import UndecodablePixels
from resources.outcomes import UnsupportedImage

KINDS = {
    ("f", 1): "b-w",
    ("f", 3): "scrgb",
    ("f", 4): "scrgb",
    ("u", 1): "b-w",
    ("u", 3): "srgb",
    ("u", 4): "srgb",
}
"""numpy's kind of number and the bands -> libvips' interpretation; RGB of floats is linear."""


def decode(
    content: bytes, header: ImageHeader, at_most_px: int | None, limits: Limits
) -> pyvips.Image:
    """Upright sRGB 8-bit pixels in memory, as ``vips_decoding.decode`` gives them.

    Raises UndecodablePixels; UnsupportedImage for samples of another kind, and for an old-style
    JPEG that comes out in one color, since its decoder does not say when it gives up. Such a JPEG
    that is not upright goes to Pillow once libtiff has read it: libtiff turns some of them itself.
    """
    tags = read_tiff_tags(content)
    try:
        pixels = np.atleast_3d(imagecodecs.tiff_decode(content))
    except (imagecodecs.TiffError, ValueError) as error:
        raise UndecodablePixels(f"damaged TIFF: {in_words(str(error))}") from error
    interpretation = KINDS.get((pixels.dtype.kind, pixels.shape[2]))
    if interpretation is None or pixels.shape[:2] != (
        header.stored_height_px,
        header.stored_width_px,
    ):
        raise UnsupportedImage("a TIFF whose samples are of a kind that is not read here")
    if tags.compression == OLD_JPEG and pixels.min() == pixels.max():
        raise UnsupportedImage("a TIFF with old-style JPEG of which its decoder gives no picture")
    if tags.compression == OLD_JPEG and header.orientation != 1:
        return pillow_decoding.decode(content, header, at_most_px, limits)
    image = pyvips.Image.new_from_array(widened(pixels)).copy(interpretation=interpretation)
    image.set_type(pyvips.GValue.gint_type, "orientation", header.orientation)
    return to_upright_srgb(image, header, at_most_px)


def widened(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Half floats as floats, which libvips knows."""
    return pixels.astype(np.float32) if pixels.dtype == np.float16 else pixels
