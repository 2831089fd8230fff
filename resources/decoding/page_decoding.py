"""First page of a PDF, and JPEG XL: formats with a decoder of their own.

PDF runs no scripts (pdfium is built without V8) and counts 1 px per point (1/72 inch) in its
header; its picture is drawn at PDF_SCALE. JPEG XL's header is parsed here, since its decoder
(libjxl in imagecodecs) only gives pixels.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import imagecodecs
import numpy as np
import pypdfium2
import pyvips

from resources.decoding.decoder_words import in_words
from resources.decoding.image_formats import MEDIA_TYPES, ImageHeader
from resources.decoding.jpeg_xl_header import read_jpeg_xl_header
from resources.decoding.vips_decoding import UndecodablePixels, to_upright_srgb
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
        raise UndecodablePixels(f"damaged PDF: {error}") from error
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
    """Size, orientation and depth; bands and colors are not read. Raises RejectedImage."""
    found = read_jpeg_xl_header(content)
    sides = (found.width_px, found.height_px)
    header = _header("jxl", "imagecodecs", sides, frame_count=1)
    stored = sides[::-1] if found.orientation > 4 else sides
    return dataclasses.replace(
        header,
        orientation=found.orientation,
        bit_depth=found.bit_depth,
        stored_width_px=stored[0],
        stored_height_px=stored[1],
    )


def decode_jxl(content: bytes, header: ImageHeader, at_most_px: int | None) -> pyvips.Image:
    """Upright pixels of the first frame; libjxl applies the orientation itself.

    Colors are taken as sRGB, also if the file says something else. Raises UndecodablePixels.
    """
    try:
        pixels = imagecodecs.jpegxl_decode(content, index=0, numthreads=1)
    except (imagecodecs.JpegxlError, ValueError) as error:
        raise UndecodablePixels(f"damaged JXL: {in_words(str(error))}") from error
    pixels = np.atleast_3d(pixels)
    if pixels.dtype == np.uint16:  # values fill the depth that the header says
        pixels = (pixels >> max(0, header.bit_depth - 8)).astype(np.uint8)
    elif pixels.dtype != np.uint8:
        pixels = (np.clip(pixels.astype(np.float32), 0, 1) * 255).astype(np.uint8)
    image = pyvips.Image.new_from_array(pixels)
    kind = "b-w" if pixels.shape[2] < 3 else "srgb"
    return to_upright_srgb(image.copy(interpretation=kind), header, at_most_px)


def _header(
    format: str,  # noqa: A002
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
