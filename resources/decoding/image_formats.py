"""Names of picture formats, found in the bytes and never in a file's name.

Short names (``jpeg``, ``heic``) are ours; media types are IANA's where registered. Which library
reads which format is decided in ``resources.decoding.pixels``.
"""

import io
from dataclasses import dataclass

import pyvips
from PIL import Image

from resources.decoding import vips_loaders
from resources.decoding.color_statements import NOTHING_STATED, StatedColors

MEDIA_TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "dds": "image/vnd.ms-dds",
    "gif": "image/gif",
    "heic": "image/heic",
    "icns": "image/x-icns",
    "ico": "image/vnd.microsoft.icon",
    "jpeg": "image/jpeg",
    "jp2": "image/jp2",
    "jxl": "image/jxl",
    "pcx": "image/vnd.zbrush.pcx",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppm": "image/x-portable-anymap",
    "psd": "image/vnd.adobe.photoshop",
    "qoi": "image/qoi",
    "sgi": "image/x-sgi",
    "svg": "image/svg+xml",
    "tga": "image/x-tga",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "xbm": "image/x-xbitmap",
    "xpm": "image/x-xpixmap",
}
"""Media type of every format that some decoder here reads."""

PILLOW_NAMES = {
    "avif": "AVIF",
    "bmp": "BMP",
    "dds": "DDS",
    "gif": "GIF",
    "icns": "ICNS",
    "ico": "ICO",
    "jpeg": "JPEG",
    "jp2": "JPEG2000",
    "pcx": "PCX",
    "png": "PNG",
    "ppm": "PPM",
    "psd": "PSD",
    "qoi": "QOI",
    "sgi": "SGI",
    "tiff": "TIFF",
    "webp": "WEBP",
    "xbm": "XBM",
    "xpm": "XPM",
    "tga": "TGA",
}
"""Our name -> Pillow's, for what Pillow may read: not EPS, for which it runs Ghostscript."""

HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
"""``ftyp`` brands of HEIF (ISO/IEC 23008-12, annex B); Pillow recognizes AVIF's before."""

JXL_SIGNATURES = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a")
"""Bare codestream and container (ISO/IEC 18181-2)."""


@dataclass(frozen=True)
class ImageHeader:
    """What a picture's header says; nothing of it is trusted before the pixels are decoded.

    ``width_px`` and ``height_px`` are of the upright picture, ``stored_*`` as the file has them;
    ``orientation`` is EXIF's 1 to 8. Vector pages (SVG, PDF) count 1 px per CSS px or point.
    """

    format: str
    media_type: str
    decoder: str  # "libvips" | "pillow" | "pi-heif" | "pdfium" | "imagecodecs"
    width_px: int
    height_px: int
    stored_width_px: int
    stored_height_px: int
    orientation: int
    frame_count: int
    bit_depth: int  # per channel
    band_count: int
    colour_space: str  # "rgb" | "grey" | "cmyk" | "lab" | "xyz" | "other"
    has_alpha: bool
    icc_profile: str | None  # its description, "" when it has none that can be read
    colors: StatedColors = NOTHING_STATED

    @property
    def is_srgb(self) -> bool:
        """Whether the stored numbers are sRGB already, or untagged, which means the same."""
        return self.colors.is_srgb and self.colour_space in ("rgb", "grey")

    @property
    def is_converted_by_profile(self) -> bool:
        """Whether libvips converts the numbers: by an embedded profile, or a default for CMYK."""
        if self.is_srgb or self.colour_space == "lab":
            return False
        return self.colors.source == "icc" or self.colour_space not in ("rgb", "grey")


def sniff(content: bytes) -> str | None:
    """The format of ``content`` by its first bytes, or None when no decoder here reads it."""
    return (
        vips_loaders.sniff(content)
        or _sniff_by_signature(content)
        or _sniff_as_pillow(content[:64])
        or _sniff_targa(content)
    )


def _sniff_by_signature(content: bytes) -> str | None:
    if content.startswith(JXL_SIGNATURES):
        return "jxl"
    if b"%PDF-" in content[:1024]:  # PDF 2.0 readers accept a header anywhere there
        return "pdf"
    brands = {content[8:12], content[16:20], content[20:24]}
    if brands & {b"mif3"}:  # of the low-overhead form the coding stands in the minor version
        brands = {content[12:16]}
    if content[4:8] == b"ftyp" and brands & HEIF_BRANDS and not brands & {b"avif", b"avis"}:
        return "heic"
    return None


def _sniff_as_pillow(prefix: bytes) -> str | None:
    Image.init()
    for name, pillow_name in PILLOW_NAMES.items():
        accept = Image.OPEN[pillow_name][1]
        if accept and accept(prefix) is True:
            return name
    return None


def _sniff_targa(content: bytes) -> str | None:
    """TGA has no signature: only a header that Pillow finds consistent counts as one."""
    try:
        Image.open(io.BytesIO(content), formats=["TGA"]).close()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return "tga"  # refused for its size when its header is read
    except (OSError, ValueError, SyntaxError):
        return None
    return "tga"


def libvips_version() -> str:
    """The version of the libvips in use, such as "8.18.7"."""
    return ".".join(str(pyvips.version(part)) for part in range(3))
