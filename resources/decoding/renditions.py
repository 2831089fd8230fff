"""Small pictures from a picture that is ours already: shrink, encode, store.

Only for files this project made itself: nothing here guards against hostile bytes.
"""

import pyvips

from resources.sources.originals import Source
from resources.sources.passed_files import read_file
from resources.stores.content_store import StoredFile

KEEP_NO_METADATA = "none"
"""Renditions carry no EXIF, XMP or ICC profile: untagged means sRGB, upright (CSS Color 4)."""

FULL_CHROMA_PX = 512
"""Longest side from which the colors of a JPEG are stored at half resolution."""

TAGS = frozenset({"orientation", "icc-profile-data", "exif-data", "xmp-data", "iptc-data"})
"""What libvips would obey or copy when it shrinks the pixels once more."""


def read_rendition(image: Source, file: StoredFile) -> bytes:
    """All bytes of one of the image's derivative files. Raises OSError when it is gone."""
    if image.memory and file.path in image.memory.files:
        return image.memory.files[file.path]
    return read_file(image.home, bytes(image.home / file.path))


def shrunk_rendition(image: Source, file: StoredFile, at_most_px: int) -> pyvips.Image:
    """One of the image's JPEG renditions, its longest side at most that, never enlarged.

    Gives (H, W, 3) uint8 sRGB in memory. In the visit that made the rendition its pixels are at
    hand, as they were before they were encoded; later the file is decoded. Raises OSError when the
    file is gone.
    """
    if image.memory and file.path in image.memory.pixels:
        return smaller(image.memory.pixels[file.path], at_most_px)
    return shrunk(read_rendition(image, file), at_most_px)


def shrunk(content: bytes, at_most_px: int) -> pyvips.Image:
    """The JPEG rendition ``content`` in memory, (H, W, 3) uint8 sRGB, longest side at most that.

    Never enlarged. libjpeg shrinks while it decodes, so that small results cost little.
    """
    return pyvips.Image.thumbnail_buffer(
        content, at_most_px, height=at_most_px, size="down"
    ).copy_memory()


def smaller(pixels: pyvips.Image, at_most_px: int) -> pyvips.Image:
    """``pixels`` in memory, longest side at most that, never enlarged."""
    if max(pixels.width, pixels.height) <= at_most_px:
        return pixels
    return pixels.thumbnail_image(at_most_px, height=at_most_px, size="down").copy_memory()


def store_jpeg(image: Source, pixels: pyvips.Image, *, quality: int) -> StoredFile:
    """Encode ``pixels`` (uint8 sRGB, 3 bands) as baseline JPEG and keep the file.

    4:2:0, but 4:4:4 below FULL_CHROMA_PX: halved colors smear what is only a few pixels wide.
    """
    drawn = untagged(pixels).copy_memory()
    is_small = max(pixels.width, pixels.height) < FULL_CHROMA_PX
    content = drawn.jpegsave_buffer(
        Q=quality, keep=KEEP_NO_METADATA, subsample_mode="off" if is_small else "auto"
    )
    file = image.derivatives.put(
        content, ".jpg", "image/jpeg", size_px=(pixels.width, pixels.height)
    )
    if image.memory:
        image.memory.files[file.path] = content
        image.memory.pixels[file.path] = drawn
    return file


def untagged(pixels: pyvips.Image) -> pyvips.Image:
    """``pixels`` without orientation, color profile and all else that a file said of them."""
    bare = pixels.copy()
    for name in TAGS.intersection(pixels.get_fields()):
        bare.remove(name)
    return bare
