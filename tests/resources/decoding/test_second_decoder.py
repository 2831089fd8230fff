"""Our pixels are those of a second decoder: no decoder's error or oddity passes for a picture.

Every readable file of the corpus is compared at 64 x 64 px, mean difference at most 3 of 255, or a
reason says why there is nothing to compare with.
"""

import csv
import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from resources.configuration.settings import Limits
from resources.decoding.pixels import DecodedImage, decode_upright

CORPUS = Path(__file__).parents[2] / "corpus"
LIMITS = Limits()
MOST = 3.0

with (CORPUS / "manifest.csv").open(newline="") as file:
    READABLE = [row["file"] for row in csv.DictReader(file) if row["expected"] != "refused"]

ONLY_ONE_DECODER = {
    "pdf": "only pdfium draws PDF here",
    "psd": "only Pillow reads PSD here",
    "tga": "only Pillow reads TGA here",
    "ico": "only Pillow reads ICO here",
    "heic": "only libheif reads HEVC here",
    "svg": "only librsvg draws SVG here",
}

OWN_REASONS = {
    "good__thumbor__cmyk.jpg": "CMYK without a profile: Pillow inverts, libvips converts as print",
    "good__libavif__colors_hdr_p3.avif": "HDR: see test_tone_mapping",
    "good__libavif__colors_wcg_hdr_rec2020.avif": "HDR: see test_tone_mapping",
    "good__Pillow__pal8os2.bmp": "imagecodecs does not read the header of OS/2",
}


def small(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """64 x 64 px on gray."""
    picture = Image.fromarray(pixels).convert("RGBA")
    shown = Image.new("RGBA", picture.size, (128, 128, 128, 255))
    shown.alpha_composite(picture)
    return np.asarray(shown.convert("RGB").resize((64, 64), Image.Resampling.BOX), np.int64)


def by_pillow(content: bytes) -> NDArray[np.uint8]:
    """Pillow's pixels, upright, converted by lcms where there is a profile, and by gAMA."""
    with Image.open(io.BytesIO(content)) as opened:
        opened.load()
        profile, gamma = opened.info.get("icc_profile"), opened.info.get("gamma")
        picture = ImageOps.exif_transpose(opened)
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    if picture.mode == "P":
        picture = picture.convert("RGBA")
    if picture.mode.startswith("I"):
        picture = Image.fromarray((np.asarray(picture) // 257).astype(np.uint8))
    colors = in_srgb(picture, profile) if profile else picture.convert("RGB")
    pixels = np.asarray(colors)
    if gamma and not profile and "srgb" not in opened.info and abs(gamma - 0.45455) > 0.01:
        pixels = with_gamma(pixels, gamma)
    return pixels if alpha is None else np.dstack([pixels, np.asarray(alpha)])


def in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Converted by lcms, in the mode of the profile."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[source.profile.xcolor_space.strip()]
    converted = ImageCms.profileToProfile(
        picture if picture.mode == mode else picture.convert(mode),
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
    )
    assert converted is not None
    return converted


def with_gamma(pixels: NDArray[np.uint8], gamma: float) -> NDArray[np.uint8]:
    light = (pixels / 255) ** (1 / gamma)
    signal = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(signal * 255), np.uint8)


def by_imagecodecs(content: bytes, format: str) -> NDArray[np.uint8]:
    """Pixels of what Pillow reads for us."""
    match format:
        case "avif":  # libavif too, but through other bindings; turned by neither
            pixels = imagecodecs.avif_decode(content)
            return np.asarray(pixels if pixels.dtype == np.uint8 else pixels >> 2, np.uint8)
        case "jp2":
            return np.asarray(imagecodecs.jpeg2k_decode(content), np.uint8)
        case "bmp":
            return np.asarray(imagecodecs.bmp_decode(content, asrgb=True), np.uint8)
        case _:
            raise ValueError(format)


def second_reading(content: bytes, ours: DecodedImage) -> NDArray[np.uint8]:
    if ours.header.format == "jxl":
        raise ValueError("JPEG XL has references of its own")
    if ours.decoder in ("libvips", "libtiff") or ours.header.orientation != 1:
        return by_pillow(content)
    return by_imagecodecs(content, ours.header.format)


@pytest.mark.parametrize("name", READABLE)
def test_a_second_decoder_sees_the_same(name: str) -> None:
    content = (CORPUS / name).read_bytes()
    ours = decode_upright(content, LIMITS)
    if ours.header.format in ONLY_ONE_DECODER or name in OWN_REASONS:
        assert ours.image.width >= 1
        return
    theirs = second_reading(content, ours)
    difference = np.abs(small(ours.image.numpy()) - small(theirs)).mean()
    assert difference <= MOST, f"{difference:.1f} of 255"
