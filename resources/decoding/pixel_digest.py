"""The digest of an original's decoded pixels: equal for the same picture in another container.

Decoding every original in full just for this would cost as much as all renditions together, so it
is asked for only where two images already look alike and have the same size and depth. The viewing
copy's own digest will not do: it is a lossy JPEG, in which different pixels may come out equal.
Runs in a decoder process.
"""

import hashlib
from dataclasses import dataclass

from resources.decoding.pixels import decode_upright, limits_in_force
from resources.outcomes import UnsupportedImage
from resources.sources.originals import Source

DRAWN = frozenset({"svg", "pdf"})
"""These have no pixels until somebody chooses a size."""


@dataclass(frozen=True)
class PixelDigest:
    """64 hex digits over size, depth and all pixels, upright, sRGB, 8 bits per channel."""

    digest: str


def make_pixel_digest(
    image: Source,
    bit_depth: int,
    frame_count: int,
    format: str,
) -> PixelDigest:
    """Decode all of ``image``. Raises UnsupportedImage for what one frame of pixels is not all of.

    ``bit_depth`` takes part, because a 16-bit original holds more than the 8 bits compared here.
    """
    if format in DRAWN:
        raise UnsupportedImage(f"{format} is drawn, not stored, as pixels")
    if frame_count > 1:
        raise UnsupportedImage(f"only the first of {frame_count} frames would be compared")
    pixels = decode_upright(image.content(), limits_in_force()).image
    header = f"{pixels.width} x {pixels.height} x {pixels.bands}, {bit_depth} bits\n"
    digest = hashlib.sha256(header.encode())
    digest.update(pixels.write_to_memory())
    return PixelDigest(digest.hexdigest())
