"""A picture for work on its pixels: upright, 16 bits per channel, in Display P3.

Display P3 (SMPTE RP 431-2 primaries, white D65, curve of sRGB) holds all of sRGB and nearly all
that prints and cameras show of more; its profile is one of those inside libvips (Compact ICC
Profiles, CC0), so none has to be shipped. What goes beyond it is clipped.

JPEG, PNG, WebP and TIFF as libvips reads them keep their depth and gamut. All else (HDR, pages,
formats of other decoders, mended files) comes through the decode for viewing, 8 bits of sRGB.
"""

from dataclasses import dataclass

import pyvips

from resources.configuration.settings import Limits
from resources.decoding.image_formats import ImageHeader
from resources.decoding.pixels import decode_upright, read_header
from resources.decoding.upright_srgb import at_most_one_alpha, has_route_to_srgb, tagged
from resources.decoding.vips_decoding import FAIL_ON, UndecodablePixels, strictness, vips_errors

DISPLAY_P3 = "p3"
"""libvips' name of its own profile."""

KEEP_THEIR_DEPTH = ("jpeg", "png", "webp", "tiff")

LINEAR = ("scrgb", "xyz")
"""libvips' spaces in which numbers are light; 1.0 is white in the first, Y = 100 in the second."""


@dataclass(frozen=True)
class WideImage:
    """(H, W, 3) or, with alpha, (H, W, 4) uint16 in Display P3, the profile attached.

    ``is_from_8_bits``: it came through 8 bits of sRGB, whatever the original holds.
    """

    image: pyvips.Image
    header: ImageHeader
    is_from_8_bits: bool


def decode_wide(content: bytes, limits: Limits) -> WideImage:
    """Decode every pixel of the first page or frame, at full size and depth.

    Raises as ``decode_upright`` does.
    """
    header = read_header(content, limits)
    loaded = loaded_deep(content, header)
    if loaded is None:
        shown = decode_upright(content, limits).image
        return WideImage(from_stated(shown, "srgb"), header, is_from_8_bits=True)
    with vips_errors(header.format):
        wide = in_display_p3(loaded, header).copy_memory()
    return WideImage(wide, header, is_from_8_bits=loaded.format == "uchar")


def loaded_deep(content: bytes, header: ImageHeader) -> pyvips.Image | None:
    """The pixels as the file has them, upright; None where libvips does not read them strictly."""
    if header.decoder != "libvips" or header.format not in KEEP_THEIR_DEPTH or header.colors.hdr:
        return None
    fail_on = strictness(header.format) if header.format == "jpeg" else FAIL_ON
    try:
        with vips_errors(header.format):
            loaded = pyvips.Image.new_from_buffer(content, "", fail_on=fail_on).copy_memory()
            return loaded.autorot() if has_route_to_srgb(loaded) else None
    except UndecodablePixels:
        return None  # the decode for viewing says what is wrong, or mends it


def in_display_p3(image: pyvips.Image, header: ImageHeader) -> pyvips.Image:
    """The pixels in Display P3, 16 bits per channel, from whatever their file states of them."""
    if header.colour_space == "lab":  # TIFF's is under D50, as ICC's
        lab = image.colourspace("lab")
        return at_most_one_alpha(lab.icc_export(output_profile=DISPLAY_P3, pcs="lab", depth=16))
    if image.interpretation in LINEAR:
        return from_light(at_most_one_alpha(image))
    if header.is_converted_by_profile:
        return from_stated(image, "cmyk" if image.interpretation == "cmyk" else "srgb")
    deep = image.format == "ushort"
    rgb = image if image.bands >= 3 else image.colourspace("rgb16" if deep else "srgb")
    return from_stated(tagged(rgb, header.colors), "srgb")


def from_stated(image: pyvips.Image, otherwise: str) -> pyvips.Image:
    """Converted from the attached profile; without a usable one, from libvips' ``otherwise``."""
    converted = image.icc_transform(DISPLAY_P3, embedded=True, input_profile=otherwise, depth=16)
    return at_most_one_alpha(converted)


def from_light(image: pyvips.Image) -> pyvips.Image:
    """Converted from linear numbers; light beyond Display P3 or brighter than white is clipped."""
    colors = image.extract_band(0, n=3).colourspace("xyz")
    wide = colors.icc_export(output_profile=DISPLAY_P3, pcs="xyz", depth=16)
    if image.bands < 4:
        return wide
    alpha = (image.extract_band(3) * 0xFFFF).rint().cast("ushort")
    return wide.bandjoin(alpha)
