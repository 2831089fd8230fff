"""Names of picture formats, found in the bytes and never in a file's name.

Short names (``jpeg``, ``heic``) are ours; media types are IANA's where registered. Which library
reads which format is decided in ``resources.decoding.pixels``.
"""

import io
from dataclasses import dataclass

import puremagic
import pyvips
from PIL import Image, ImageCms

from resources.decoding import vips_loaders
from resources.decoding.decoding_context import one_line

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


ZIP_USES = {
    b"mimetypeapplication/epub+zip": "an EPUB book",
    b"mimetypeapplication/vnd.oasis.opendocument": "an OpenDocument file",
    b"[Content_Types].xml": "a Microsoft Office document",
}

LIKELY = 0.3
"""puremagic's confidence below which a name is a guess from one or two bytes."""


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

    @property
    def is_srgb(self) -> bool:
        """Whether the stored numbers are sRGB already, or untagged, which means the same."""
        is_named = self.icc_profile is None or self.icc_profile.startswith("sRGB")
        return is_named and self.colour_space in ("rgb", "grey")


def profile_name(profile: bytes | None) -> str | None:
    """The description of an ICC profile such as "Display P3"; "" when it cannot be read."""
    if not profile:
        return None
    try:
        return one_line(ImageCms.getProfileDescription(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        return ""


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
    except (OSError, ValueError, SyntaxError):
        return None
    return "tga"


def describe(content: bytes) -> str:
    """What the bytes seem to be, in words for a person: "plain text", "MP4 Video", ..."""
    if content.count(0) == len(content):
        return "nothing but zero bytes"
    if content.startswith(b"PK\x03\x04"):
        return _describe_zip(content)
    try:
        likely = [match for match in puremagic.magic_string(content) if is_telling(match)]
    except (puremagic.PureError, ValueError):
        likely = []
    if likely:
        return one_line(likely[0].name or likely[0].extension)
    if content[4:8] == b"ftyp":
        return one_line(f"a video, or a HEIF picture of another kind ({brands_of(content)})")
    return "plain text" if is_plain_text(content) else "an unknown format"


def is_telling(match: puremagic.PureMagicWithConfidence) -> bool:
    """Whether a name found by puremagic says what a file is, and not how its text is encoded."""
    return match.confidence >= LIKELY and "UTF8" not in match.name


def brands_of(content: bytes) -> str:
    """The brands of an ISO base media file (ISO/IEC 14496-12, ``ftyp``), such as "mif3 avif"."""
    end = min(int.from_bytes(content[:4], "big"), 64)
    brands = [content[at : at + 4].strip() for at in range(8, end, 4)]
    named = (brand.decode() for brand in brands if brand.isalnum())
    return " ".join(dict.fromkeys(named))


def _describe_zip(content: bytes) -> str:
    """What a ZIP archive is used for, by the first names in it."""
    start = content[:4096]
    for mark, words in ZIP_USES.items():
        if mark in start:
            return words
    return "a ZIP archive"


def is_plain_text(content: bytes) -> bool:
    """Whether the first 4 KiB are text in UTF-8 without control characters."""
    try:
        text = content[:4096].decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if error.start < len(content[:4096]) - 4:  # not only a character cut in half
            return False
        text = content[: error.start].decode("utf-8")
    return bool(text) and all(char.isprintable() or char in "\t\r\n\f" for char in text)


def libvips_version() -> str:
    """The version of the libvips in use, such as "8.18.7"."""
    return ".".join(str(pyvips.version(part)) for part in range(3))
