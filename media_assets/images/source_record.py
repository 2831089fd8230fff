"""What each source image is, as a file: format by content, upright size, color, depth, frames.

Read from the header alone; pixels are decoded by the viewing copy. The format is found in the
bytes: the extension of the file's name is kept only as a claim. `unsupported` means kept safe but
read by no decoder here (the reason names what it seems to be); `rejected` means a damaged header,
or more pixels or bytes than the limits allow.
"""

from dataclasses import dataclass
from pathlib import PurePath

from media_assets.images.medium import images
from resources.configuration.settings import Limits
from resources.decoding.pixels import ImageHeader, limits_in_force, read_header
from resources.outcomes import RejectedImage
from resources.sources.originals import Source

MAX_EXTENSION = 20
"""Longer "extensions" are parts of a sentence."""


@dataclass(frozen=True)
class SourceRecord:
    """One source image's technical metadata.

    `width_px` and `height_px` are of the upright picture (EXIF orientation 1 to 8 applied); vector
    pages count 1 px per CSS px (SVG) or point (PDF). `frame_count` counts frames of an animation,
    pages of a document. `bit_depth` is per channel. `colour_space` is "rgb", "grey", "cmyk", "lab",
    "xyz" or "other". `icc_profile` is the embedded profile's description such as "Display P3", null
    without one, empty when it cannot be read. `decoder` is the library that read the header.
    `claimed_extension` is the file name's, lower case without dot, or null.
    """

    size_bytes: int
    format: str
    media_type: str
    width_px: int
    height_px: int
    orientation: int
    frame_count: int
    bit_depth: int
    band_count: int
    colour_space: str
    has_alpha: bool
    has_icc_profile: bool
    icc_profile: str | None
    decoder: str
    claimed_extension: str | None


def make_source_record(image: Source) -> SourceRecord:
    """Read the header of ``image``.

    Raises UnsupportedImage for a format no decoder here reads, RejectedImage for a damaged header
    or a file beyond the limits, OSError when the file cannot be read.
    """
    limits = limits_in_force()
    check_file_size(image.file_size(), limits)
    content = image.content()
    return record_of(read_header(content, limits), len(content), image.file_name)


def check_file_size(size_bytes: int, limits: Limits) -> None:
    """Refuse a file larger than ``limits.max_file_bytes`` before it is read into memory."""
    if size_bytes > limits.max_file_bytes:
        raise RejectedImage(
            f"the file has {size_bytes:,} bytes; {limits.max_file_bytes:,} are allowed"
        )


def record_of(header: ImageHeader, size_bytes: int, file_name: str) -> SourceRecord:
    """The record of a header found in a file of this size and name."""
    return SourceRecord(
        size_bytes=size_bytes,
        format=header.format,
        media_type=header.media_type,
        width_px=header.width_px,
        height_px=header.height_px,
        orientation=header.orientation,
        frame_count=header.frame_count,
        bit_depth=header.bit_depth,
        band_count=header.band_count,
        colour_space=header.colour_space,
        has_alpha=header.has_alpha,
        has_icc_profile=header.icc_profile is not None,
        icc_profile=header.icc_profile,
        decoder=header.decoder,
        claimed_extension=claimed_extension(file_name),
    )


def claimed_extension(file_name: str) -> str | None:
    """The file name's extension, lower case without dot; None without one, or an absurd one."""
    extension = PurePath(file_name).suffix.removeprefix(".").lower()
    return extension if 0 < len(extension) <= MAX_EXTENSION else None


source_record = images.asset(
    make_source_record, group_name="source", kinds={"file"}, code_version="2"
)
