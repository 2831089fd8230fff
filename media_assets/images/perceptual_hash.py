"""Perceptual hashes: 64-bit fingerprints of how a picture looks, for finding near-duplicates.

`phash` compares low frequencies with their median (DCT): resizing, recompression and slight color
changes move it by a few bits of 64, another picture by about 32. `dhash` compares neighboring
brightness: cheaper and blinder. Neither sees mirrored, rotated or cropped copies. Compare with the
Hamming distance: `bit_count(xor(a, b))`. Made from the medium thumbnail.
"""

import io
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from media_assets.images.medium import images
from media_assets.images.thumbnails import Thumbnails
from resources.decoding.renditions import read_rendition
from resources.sources.originals import Source

HASH_SIDE = 8
"""8 x 8 bits."""

DCT_SIDE = 32
"""Side in px of the picture that is transformed; four times the hash, as in the original."""


@dataclass(frozen=True)
class PerceptualHash:
    """One image's hashes: 16 hexadecimal digits each, most significant bit top left."""

    phash: str
    dhash: str


def make_perceptual_hash(image: Source, thumbnails: Thumbnails) -> PerceptualHash:
    """Hash the medium thumbnail. Raises OSError when it is gone."""
    content = read_rendition(image, thumbnails.medium)
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
        gray = picture.convert("L")
    return PerceptualHash(phash=phash(gray), dhash=dhash(gray))


def phash(gray: Image.Image) -> str:
    """The DCT hash of a picture of mode "L", as 16 hexadecimal digits.

    Algorithm "pHash" after N. Krawetz, "Looks Like It" (hackerfactor.com, 2011), bit for bit as
    ``phash`` of ImageHash 4.3: 32 x 32 px, DCT-II, the 8 x 8 lowest frequencies, each bit = above
    their median.
    """
    matrix = dct_matrix()
    pixels = squeezed(gray, DCT_SIDE, DCT_SIDE).astype(np.float64)
    low = (matrix @ pixels @ matrix.T)[:HASH_SIDE, :HASH_SIDE]
    return as_hex(low > np.median(low))


def dhash(gray: Image.Image) -> str:
    """The gradient hash of a picture of mode "L", as 16 hexadecimal digits.

    After N. Krawetz, "Kind of Like That" (hackerfactor.com, 2013), bit for bit as ``dhash`` of
    ImageHash 4.3: 9 x 8 px, each bit = brighter than its left neighbor.
    """
    pixels = squeezed(gray, HASH_SIDE + 1, HASH_SIDE)
    return as_hex(pixels[:, 1:] > pixels[:, :-1])


def squeezed(gray: Image.Image, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """``grey`` as (height_px, width_px) uint8, proportions ignored."""
    return np.asarray(gray.resize((width_px, height_px), Image.Resampling.LANCZOS))


@cache
def dct_matrix() -> NDArray[np.float64]:
    """The (32, 32) float64 matrix of the unnormalized DCT-II: row = frequency."""
    frequency, place = np.mgrid[:DCT_SIDE, :DCT_SIDE]
    return np.asarray(2 * np.cos(np.pi * frequency * (2 * place + 1) / (2 * DCT_SIDE)))


def as_hex(bits: NDArray[np.bool_]) -> str:
    """64 bits, row by row, as 16 hexadecimal digits."""
    return np.packbits(bits.reshape(-1)).tobytes().hex()


perceptual_hash = images.asset(
    make_perceptual_hash,
    group_name="visual",
    kinds={"python"},
    code_version="1",
    parameters={"hash_side": HASH_SIDE, "dct_side": DCT_SIDE},
)
