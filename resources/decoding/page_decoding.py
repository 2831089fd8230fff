"""First page of a PDF, and JPEG XL: formats with a decoder of their own.

PDF runs no scripts (pdfium is built without V8) and counts 1 px per point (1/72 inch) in its
header; its picture is drawn at PDF_SCALE. JPEG XL's pixels come from imagecodecs, what they mean
from pyjpegxl: both are libjxl, which says of the pixels it gives which profile they are in.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import imagecodecs
import numpy as np
import pyjpegxl
import pypdfium2
import pyvips
from numpy.typing import NDArray

from resources.decoding.color_statements import (
    NOTHING_STATED,
    colors_of_profile,
    profile_name,
    profile_space,
)
from resources.decoding.decoder_words import in_words
from resources.decoding.image_formats import MEDIA_TYPES, ImageHeader
from resources.decoding.jpeg_xl_header import read_jpeg_xl_header
from resources.decoding.upright_srgb import to_upright_srgb
from resources.decoding.vips_decoding import UndecodablePixels
from resources.outcomes import UnsupportedImage

PDF_SCALE = 2.0
"""144 dpi: body text stays legible for people and for text recognition."""

PDF_AT_MOST_PX = 8192
"""Longest side drawn: a page may claim to be 5 m wide (14400 points, PDF 1.7 annex C)."""

PDF_PASSWORD_NEEDED = 4  # FPDF_ERR_PASSWORD in fpdfview.h


@contextmanager
def _opened_pdf(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The document; what pdfium refuses about it inside the block is UndecodablePixels."""
    document = None
    try:
        document = pypdfium2.PdfDocument(content)
        yield document
    except pypdfium2.PdfiumError as error:
        if error.err_code == PDF_PASSWORD_NEEDED:
            raise UnsupportedImage("the PDF is encrypted: it opens only with a password") from error
        raise UndecodablePixels(f"damaged PDF: {in_words(str(error))}") from error
    finally:
        if document:
            document.close()


def read_pdf_header(content: bytes) -> ImageHeader:
    """Page count, and the first page's size in points. Raises UndecodablePixels."""
    with _opened_pdf(content) as document:
        width, height = document.get_page_size(0)
        pages = len(document)
    sides = (max(1, round(width)), max(1, round(height)))
    return _header("pdf", "pdfium", sides, frame_count=pages)


def decode_pdf(content: bytes, header: ImageHeader, at_most_px: int | None) -> pyvips.Image:
    """The first page on white, at PDF_SCALE or smaller. Raises UndecodablePixels."""
    side = min(at_most_px or PDF_AT_MOST_PX, PDF_AT_MOST_PX)
    scale = min(PDF_SCALE, side / max(header.width_px, header.height_px))
    with _opened_pdf(content) as document:
        pixels = document[0].render(scale=scale, rev_byteorder=True).to_numpy().copy()
    image = pyvips.Image.new_from_array(pixels[..., :3]).copy(interpretation="srgb")
    return to_upright_srgb(image, header, at_most_px)


def read_jxl_header(content: bytes) -> ImageHeader:
    """Size, orientation, depth, bands and colors. Raises RejectedImage."""
    found = read_jpeg_xl_header(content)
    facts = _probe_jxl(content)
    sides = (found.width_px, found.height_px)
    stored = sides[::-1] if found.orientation > 4 else sides
    profile = bytes(facts.icc) if facts.icc else None
    return dataclasses.replace(
        _header("jxl", "imagecodecs", sides, frame_count=1),
        orientation=found.orientation,
        bit_depth=found.bit_depth,
        stored_width_px=stored[0],
        stored_height_px=stored[1],
        band_count=facts.num_color_channels + facts.has_alpha,
        colour_space="grey" if facts.num_color_channels == 1 else "rgb",
        has_alpha=facts.has_alpha,
        icc_profile=profile_name(profile),
        colors=colors_of_profile(profile) or NOTHING_STATED,
    )


def _probe_jxl(content: bytes) -> pyjpegxl.Metadata:
    """What libjxl reads before the pixels; its profile is that of the pixels it will give."""
    try:
        return pyjpegxl.probe(content)
    except (ValueError, RuntimeError) as error:
        raise UndecodablePixels(f"damaged JXL: {in_words(str(error))}") from error


def decode_jxl(content: bytes, header: ImageHeader, at_most_px: int | None) -> pyvips.Image:
    """Upright pixels of the first frame; libjxl applies the orientation itself.

    Raises UndecodablePixels, and UnsupportedImage for CMYK, of which libjxl gives no black.
    """
    if header.colors.profile and profile_space(header.colors.profile) == "CMYK":
        raise UnsupportedImage("a JPEG XL picture in CMYK: its decoder here gives no black ink")
    try:
        pixels = imagecodecs.jpegxl_decode(content, index=0, numthreads=1)
    except (imagecodecs.JpegxlError, ValueError) as error:
        raise UndecodablePixels(f"damaged JXL: {in_words(str(error))}") from error
    pixels = np.atleast_3d(pixels)
    if pixels.dtype == np.uint16:  # values fill the depth that the header says
        white = (1 << header.bit_depth) - 1
        pixels = np.round(pixels * (0xFFFF / white)).clip(0, 0xFFFF).astype(np.uint16)
    elif pixels.dtype != np.uint8:
        levels = np.nan_to_num(pixels.astype(np.float32)).clip(0, 1)
        pixels = np.round(levels * 0xFFFF).astype(np.uint16)
    image = pyvips.Image.new_from_array(pixels)
    image = image.copy(interpretation=_interpretation(pixels))
    if header.has_alpha and read_jpeg_xl_header(content).is_premultiplied:
        image = image.unpremultiply(max_alpha=np.iinfo(pixels.dtype).max).cast(image.format)
    return to_upright_srgb(image, header, at_most_px)


def _interpretation(pixels: NDArray[np.generic]) -> str:
    """Libvips' name for 1 to 4 bands of uint8 or uint16."""
    names = {np.dtype(np.uint8): ("b-w", "srgb"), np.dtype(np.uint16): ("grey16", "rgb16")}
    return names[pixels.dtype][pixels.shape[2] >= 3]


def _header(
    format: str,
    decoder: str,
    sides: tuple[int, int],
    *,
    frame_count: int,
) -> ImageHeader:
    return ImageHeader(
        format=format,
        media_type=MEDIA_TYPES[format],
        decoder=decoder,
        width_px=sides[0],
        height_px=sides[1],
        stored_width_px=sides[0],
        stored_height_px=sides[1],
        orientation=1,
        frame_count=frame_count,
        bit_depth=8,
        band_count=3,
        colour_space="rgb",
        has_alpha=False,
        icc_profile=None,
    )
