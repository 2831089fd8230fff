"""What a file says its numbers mean, as an ICC profile or as one of the two HDR encodings.

By content, never by name: whether a profile is sRGB is found by sending colors through it. What a
format looks at first is decided where its header is read (``png_colors``, ``vips_decoding``,
``pillow_decoding``, ``page_decoding``).
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from resources.decoding.decoding_context import one_line

Chromaticities = tuple[float, float, float, float, float, float]
"""CIE 1931 x and y of red, green and blue."""

D65 = (0.3127, 0.3290)

BT_709: Chromaticities = (0.640, 0.330, 0.300, 0.600, 0.150, 0.060)

PRIMARIES: dict[int, tuple[Chromaticities, tuple[float, float]]] = {
    1: (BT_709, D65),
    4: ((0.67, 0.33, 0.21, 0.71, 0.14, 0.08), (0.310, 0.316)),
    5: ((0.64, 0.33, 0.29, 0.60, 0.15, 0.06), D65),
    6: ((0.630, 0.340, 0.310, 0.595, 0.155, 0.070), D65),
    7: ((0.630, 0.340, 0.310, 0.595, 0.155, 0.070), D65),
    8: ((0.681, 0.319, 0.243, 0.692, 0.145, 0.049), (0.310, 0.316)),
    9: ((0.708, 0.292, 0.170, 0.797, 0.131, 0.046), D65),
    11: ((0.680, 0.320, 0.265, 0.690, 0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320, 0.265, 0.690, 0.150, 0.060), D65),
    22: ((0.630, 0.340, 0.295, 0.605, 0.155, 0.077), D65),
}
"""ColourPrimaries of ITU-T H.273, table 2: code -> chromaticities of primaries and white."""

LINEAR, PQ, HLG = 8, 16, 18

UNSPECIFIED = (2, 2)
"""Primaries and transfer that H.273 leaves open."""

MAX_TAGS = 100
"""Tags of a profile that are looked at; profiles have about twenty."""

GAMMAS = {4: 2.2, 5: 2.8, LINEAR: 1.0, 17: 2.6}
"""TransferCharacteristics of ITU-T H.273, table 3, that are plain powers."""

BT_709_TRANSFERS = frozenset({1, 6, 14, 15})
"""Those of H.273's table 3 that share the curve of BT.709."""

SRGB_TRANSFER = 13

CURVE_STEPS = 1024

ADOBE_RGB: Chromaticities = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
ADOBE_RGB_GAMMA = 563 / 256
"""Adobe RGB (1998) Color Image Encoding, sections 4.3.1 and 4.3.4; DCF 2.0 calls it R03."""

SAME_GAMMA = 0.005
"""PNG (3rd edition, 11.3.2.5) has encoders write 45455 beside an sRGB chunk; so many do without."""

SAME_CHROMATICITY = 0.002
"""PNG's cHRM has five digits, of which encoders write four or three."""

UNREADABLE = (ImageCms.PyCMSError, OSError, ValueError)
"""What Pillow raises on damaged profiles; a name may be no text."""

SAME_COLOR = 3
"""Steps of 255 that a profile may differ from sRGB and still count as sRGB: nobody sees them."""


@dataclass(frozen=True)
class StatedColors:
    """How the numbers of a picture are to be read; without anything stated they are sRGB.

    ``source`` says where the file states it. ``profile`` is the ICC profile to convert from, None
    for sRGB. ``hdr`` is the transfer function of a picture brighter than white ("pq" or "hlg" of
    ITU-R BT.2100), with ``primaries`` and white of H.273's table 2.
    """

    source: Literal["none", "icc", "cicp", "srgb", "gamma", "exif", "tags"] = "none"
    profile: bytes | None = None
    hdr: Literal["pq", "hlg"] | None = None
    primaries: int = 1

    @property
    def is_srgb(self) -> bool:
        """Whether the numbers can be taken as they are."""
        return self.profile is None and self.hdr is None


NOTHING_STATED = StatedColors()


def colors_of_profile(profile: bytes | None) -> StatedColors | None:
    """What an embedded ICC profile states; None without one that can be read."""
    if not profile or profile_space(profile) is None:
        return None
    coded = colors_of_cicp(*cicp_of_profile(profile))
    if coded and coded.hdr:
        return coded
    return StatedColors("icc", None if is_srgb_profile(profile) else profile)


def cicp_of_profile(profile: bytes) -> tuple[int, int]:
    """Primaries and transfer by H.273 in a profile's cicp tag (ICC.1:2022, 9.2.17); 2, 2 without.

    Profiles of HDR pictures have one: no profile can say by its curves what is brighter than white.
    """
    count = int.from_bytes(profile[128:132], "big")
    for entry in range(132, 132 + 12 * min(count, MAX_TAGS), 12):
        if profile[entry : entry + 4] == b"cicp":
            start = int.from_bytes(profile[entry + 4 : entry + 8], "big")
            data = profile[start : start + 12]
            return (data[8], data[9]) if len(data) == 12 else UNSPECIFIED
    return UNSPECIFIED


def colors_of_cicp(primaries: int, transfer: int) -> StatedColors | None:
    """What two code points of H.273 state; None for codes that leave it open, or are unknown."""
    if primaries not in PRIMARIES:
        return None
    if transfer == PQ:
        return StatedColors("cicp", hdr="pq", primaries=primaries)
    if transfer == HLG:
        return StatedColors("cicp", hdr="hlg", primaries=primaries)
    curve = transfer_curve(transfer)
    if curve is None:
        return None
    if (primaries, transfer) == (1, SRGB_TRANSFER):
        return StatedColors("cicp")
    return StatedColors("cicp", profile_of_curve(*PRIMARIES[primaries], curve.tobytes()))


def transfer_curve(transfer: int) -> NDArray[np.uint16] | None:
    """Light (0 to 65535) for CURVE_STEPS signals from 0 to 1, by H.273's table 3; None if open."""
    signal = np.linspace(0, 1, CURVE_STEPS)
    if transfer in GAMMAS:
        light = signal ** GAMMAS[transfer]
    elif transfer in BT_709_TRANSFERS:
        light = np.where(
            signal < 4.5 * 0.018, signal / 4.5, ((signal + 0.099) / 1.099) ** (1 / 0.45)
        )
    elif transfer == 7:
        bent = ((signal + 0.1115) / 1.1115) ** (1 / 0.45)
        light = np.where(signal < 4 * 0.0228, signal / 4, bent)
    elif transfer == SRGB_TRANSFER:
        light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    else:
        return None
    return np.round(light.clip(0, 1) * 65535).astype(np.uint16)


def colors_of_gamma(
    gamma: float | None,
    primaries: Chromaticities | None,
    white: tuple[float, float] | None,
    source: Literal["gamma", "tags"] = "gamma",
) -> StatedColors:
    """What an encoding exponent (such as 0.45455) and chromaticities state; sRGB's where None."""
    primaries, white = primaries or BT_709, white or D65
    is_srgb_curve = gamma is None or abs(gamma - 1 / 2.2) < SAME_GAMMA
    if is_srgb_curve and are_close((*primaries, *white), (*BT_709, *D65)):
        return StatedColors(source)
    if is_srgb_curve or gamma is None:
        curve = transfer_curve(SRGB_TRANSFER)
    else:
        curve = np.round(np.linspace(0, 1, CURVE_STEPS) ** (1 / gamma) * 65535).astype(np.uint16)
    if curve is None or not is_possible(primaries, white):
        return StatedColors(source)
    return StatedColors(source, profile_of_curve(primaries, white, curve.tobytes()))


def are_close(these: tuple[float, ...], those: tuple[float, ...]) -> bool:
    """Whether all chromaticities are the same but for rounding."""
    pairs = zip(these, those, strict=True)
    return all(abs(one - other) < SAME_CHROMATICITY for one, other in pairs)


def is_possible(primaries: Chromaticities, white: tuple[float, float]) -> bool:
    """Whether red, green and blue span a triangle and white is a color: damaged files say more."""
    red_x, red_y, green_x, green_y, blue_x, blue_y = primaries
    area = (green_x - red_x) * (blue_y - red_y) - (blue_x - red_x) * (green_y - red_y)
    return abs(area) > 0.01 and white[1] > 0.01 and min(red_y, green_y, blue_y) > 0.001


def adobe_rgb() -> StatedColors:
    """Adobe RGB (1998), as DCF's optional color space."""
    light = np.linspace(0, 1, CURVE_STEPS) ** ADOBE_RGB_GAMMA * 65535
    curve = np.round(light).astype(np.uint16)
    return StatedColors("exif", profile_of_curve(ADOBE_RGB, D65, curve.tobytes()))


def colors_of_exif(color_space: int | None, interoperability: str) -> StatedColors | None:
    """What EXIF states by its ColorSpace and InteroperabilityIndex; None when it states nothing.

    DCF 2.0 (JEITA CP-3461B) marks Adobe RGB by the index R03 with ColorSpace 65535 (EXIF 2.32,
    tag 40961); some cameras write ColorSpace 2 instead.
    """
    if color_space == 1:
        return StatedColors("exif")
    if color_space == 2 or interoperability.startswith("R03"):
        return adobe_rgb()
    return None


def colors_of_exif_tags(exif: Image.Exif) -> StatedColors | None:
    """What EXIF states, as Pillow reads it. Raises what Pillow raises on damaged tags."""
    space = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
    index = exif.get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex, "")
    return colors_of_exif(space if isinstance(space, int) else None, str(index))


@lru_cache(maxsize=32)
def profile_of_curve(primaries: Chromaticities, white: tuple[float, float], curve: bytes) -> bytes:
    """An ICC profile of these chromaticities and curve (uint16 light per equal step of signal)."""
    steps = np.frombuffer(curve, np.uint16)
    profile: bytes = imagecodecs.cms_profile(
        "rgb", whitepoint=white, primaries=primaries, transferfunction=steps
    )
    return profile


@lru_cache(maxsize=64)
def profile_space(profile: bytes) -> str | None:
    """The color space of a profile's numbers, such as "RGB", "GRAY", "CMYK"; None if unreadable."""
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space
    except UNREADABLE:
        return None
    return str(found).strip()


@lru_cache(maxsize=64)
def profile_name(profile: bytes | None) -> str | None:
    """The description of an ICC profile such as "Display P3"; "" when it cannot be read."""
    if not profile:
        return None
    try:
        return one_line(ImageCms.getProfileDescription(io.BytesIO(profile)))
    except UNREADABLE:
        return ""


@lru_cache(maxsize=64)
def is_srgb_profile(profile: bytes) -> bool:
    """Whether colors sent through the profile come out as they went in, whatever it is called."""
    mode = {"RGB": "RGB", "GRAY": "L"}.get(profile_space(profile) or "")
    if mode is None:
        return False
    probe = probe_colors().convert(mode)
    try:
        found = ImageCms.profileToProfile(
            probe,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
        )
    except UNREADABLE:
        return True  # no profile that can be used: libvips takes the numbers for sRGB, too
    if found is None:
        return True
    expected = np.asarray(probe.convert("RGB"), dtype=np.int16)
    return int(np.abs(np.asarray(found, dtype=np.int16) - expected).max()) <= SAME_COLOR


def probe_colors() -> Image.Image:
    """52 grays and a cube of 6 x 6 x 6 colors, one row of RGB."""
    grays = np.repeat(np.arange(0, 256, 5)[:, None], 3, axis=1)
    cube = np.stack(np.meshgrid(*[np.arange(0, 256, 51)] * 3), axis=-1).reshape(-1, 3)
    return Image.fromarray(np.concatenate([grays, cube])[None].astype(np.uint8))
