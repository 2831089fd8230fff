"""Pixels in memory as upright sRGB of 8 bits, from whatever their file states of them.

Shrinking, turning and most conversions are libvips'; what it does not know of, or takes for
something else (colors not told by a profile, HDR, Lab), is converted here.
"""

import numpy as np
import pyvips

from resources.decoding.color_statements import StatedColors
from resources.decoding.decoding_context import note
from resources.decoding.image_formats import ImageHeader
from resources.decoding.tone_mapping import tone_mapped

ICC = "icc-profile-data"

ORIENTATION = "orientation"

COLOR_SPACES = {
    "srgb": "rgb",
    "rgb": "rgb",
    "rgb16": "rgb",
    "scrgb": "rgb",
    "b-w": "grey",
    "grey16": "grey",
    "cmyk": "cmyk",
    "lab": "lab",
    "labs": "lab",
    "labq": "lab",
    "xyz": "xyz",
}
"""libvips' interpretations in our words; others are "other"."""

WHITE = 255

INTEGERS = ("uchar", "ushort")
"""Formats of which libvips knows the white: 255 and 65535."""

UNBOUNDED = ("scrgb", "lab", "labs", "labq", "xyz")
"""Color spaces that define their white for numbers of any kind."""

NO_LIMIT_PX = 10_000_000
"""Larger than any side libvips supports (VIPS_MAX_COORD): "do not shrink"."""


def shrinking(side: int, header: ImageHeader) -> dict[str, object]:
    """Arguments of libvips' thumbnail operations: never enlarge, convert colors where needed.

    Without need the conversion is left out: it runs at full size and takes five times the decode.
    """
    profile = {"output_profile": "srgb"} if header.is_converted_by_profile else {}
    return {"height": side, "size": "down", **profile}


def is_converted_here(header: ImageHeader) -> bool:
    """Whether the file states its colors in a way that libvips does not know, or misreads."""
    return not header.is_srgb and not header.is_converted_by_profile


def to_upright_srgb(
    image: pyvips.Image, header: ImageHeader, at_most_px: int | None
) -> pyvips.Image:
    """(H, W, 3) or, with alpha, (H, W, 4) uint8 sRGB in memory, from pixels of any kind.

    With ``at_most_px`` the longest side is at most that; never enlarged. An orientation set on
    ``image`` is obeyed.
    """
    known = image if _has_route_to_srgb(image) else _stretched(image)
    side = at_most_px or NO_LIMIT_PX
    is_defined = known.interpretation in UNBOUNDED and header.colour_space != "lab"
    if is_defined or not is_converted_here(header):
        known = known if known.get_typeof(ICC) else _tagged(known, header.colors)
        shrunk = known.thumbnail_image(side, **shrinking(side, header))
        return at_most_one_alpha(shrunk.colourspace("srgb")).copy_memory()
    converted = _in_srgb(known, header)
    return converted.thumbnail_image(side, height=side, size="down").copy_memory()


def finished(shrunk: pyvips.Image, header: ImageHeader) -> pyvips.Image:
    """A shrunk picture of 8 bits in memory, converted from what its header states."""
    known = _in_srgb(shrunk, header) if is_converted_here(header) else shrunk
    return at_most_one_alpha(known.colourspace("srgb")).copy_memory()


def _lab_in_srgb(image: pyvips.Image) -> pyvips.Image:
    """CIELAB in sRGB, 8 bits. TIFF's is under D50 as ICC's (ICC.1:2022, 6.3.4), libvips' D65."""
    lab = image.colourspace("lab")
    return lab.icc_export(output_profile="srgb", pcs="lab", intent="relative", depth=8)


def _in_srgb(image: pyvips.Image, header: ImageHeader) -> pyvips.Image:
    """The picture of the same size in sRGB, 8 bits; HDR is noted. Keeps its orientation."""
    if header.colour_space == "lab":
        return _lab_in_srgb(image)
    colors = header.colors
    deep = image.format == "ushort"
    rgb = at_most_one_alpha(_in_rgb(image, "rgb16" if deep else "srgb"))
    if colors.hdr:
        note(f"a high dynamic range picture ({colors.hdr.upper()}): shown in the range of sRGB")
        mapped = tone_mapped(rgb, colors)
        mapped.set_type(
            pyvips.GValue.gint_type,
            ORIENTATION,
            image.get(ORIENTATION) if image.get_typeof(ORIENTATION) else 1,
        )
        return mapped
    return _tagged(rgb, colors).icc_transform("srgb", embedded=True, depth=8)


def _tagged(image: pyvips.Image, colors: StatedColors) -> pyvips.Image:
    """The same pixels with the profile that their file states, if there is one."""
    tagged = image.copy()
    if colors.profile:
        tagged.set_type(pyvips.GValue.blob_type, ICC, colors.profile)
    return tagged


def _in_rgb(image: pyvips.Image, space: str) -> pyvips.Image:
    """The same numbers in three bands, and alpha."""
    return image if image.bands >= 3 else image.colourspace(space)


def at_most_one_alpha(image: pyvips.Image) -> pyvips.Image:
    """The picture without extra channels beyond three colors and alpha."""
    return image.extract_band(0, n=4) if image.bands > 4 else image


def _has_route_to_srgb(image: pyvips.Image) -> bool:
    is_scaled = image.format in INTEGERS or image.interpretation in UNBOUNDED
    return image.interpretation in COLOR_SPACES and is_scaled and image.bands <= 5


def _stretched(image: pyvips.Image) -> pyvips.Image:
    """Values without a defined white, darkest to black and lightest to white; noted."""
    note("the values have no defined white: shown from the smallest to the largest")
    values = image.extract_band(0, n=3 if image.bands == 3 else 1).numpy().astype(np.float64)
    finite = values[np.isfinite(values)]
    darkest, lightest = (finite.min(), finite.max()) if finite.size else (0, 0)
    scaled = (values - darkest) * (WHITE / ((lightest - darkest) or 1))
    plain = pyvips.Image.new_from_array(
        np.nan_to_num(scaled).clip(0, WHITE).round().astype(np.uint8)
    )
    return plain.copy(interpretation="srgb" if image.bands == 3 else "b-w")
