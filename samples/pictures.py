"""The pictures of the demo, made by code: what a real folder holds, with its problems.

A photograph with camera, date and place; its renamed copy, its smaller copy and its broken
download; a page to be read, a poster, a print file, a 16-bit night sky, an animation, all eight
EXIF orientations, and a text that only claims to be a picture. All are drawn here
(``samples.landscapes``, ``samples.graphics``): free of rights, the same on every machine.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips
from PIL import ExifTags, Image, features

from samples.graphics import arrow, flower, orbit, page, poster, tiles
from samples.landscapes import Pixels, dunes, mountain_lake, night_sky

LAKE = "mountain_lake.jpg"
FRAMES = 24
FRAME_MS = 60

STORED_FOR = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How upright pixels are turned so that each EXIF orientation turns them back (CIPA DC-008)."""

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
  xmp:Rating="5" photoshop:City="Bled" photoshop:Country="Slovenia">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Last light over the lake</rdf:li></rdf:Alt>
</dc:title>
<dc:subject><rdf:Bag><rdf:li>lake</rdf:li><rdf:li>mountains</rdf:li><rdf:li>sunset</rdf:li>
</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"""

SHOPPING_LIST = "bread\ncoffee\ntwo lemons\nbatteries (AA)\n"


@dataclass(frozen=True)
class Shot:
    """What a camera writes about one photograph; degrees are positive north and east."""

    taken_at: str  # EXIF's form, local time
    offset: str
    description: str
    latitude: float
    longitude: float
    altitude_m: float
    exposure_seconds: float
    f_number: float
    iso: int
    focal_length_mm: float


LAKE_BLED = Shot(
    "2024:05:14 20:21:36",
    "+02:00",
    "Lake Bled after sunset",
    46.3683,
    14.1146,
    475,
    0.04,
    8,
    200,
    24,
)
ERG_CHEBBI = Shot(
    "2023:11:02 07:05:10",
    "+01:00",
    "Dunes of Erg Chebbi",
    31.1457,
    -3.9684,
    730,
    0.002,
    11,
    100,
    70,
)


def make_sample_pictures(folder: Path) -> list[Path]:
    """Write the sample pictures into ``folder``, which is made if needed, and return their paths.

    About twenty files of at most 1754 px, 4 MB together, in some seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        **lake_files(),
        **orientation_files(),
        **desert_files(),
        "night_sky_16bit.png": deep_png(night_sky(900, 600)),
        "field_notes.png": encoded(page(), "PNG", dpi=(150, 150), optimize=True),
        "concert_poster.webp": encoded(poster(), "WEBP", quality=88),
        "tiles_for_print.tif": print_file(tiles()),
        "dahlia.png": encoded(flower(), "PNG", optimize=True),
        "planet.gif": animation(),
        "shopping_list.jpg": SHOPPING_LIST.encode(),
    }
    paths = [folder / name for name in sorted(contents)]
    for path in paths:
        path.write_bytes(contents[path.name])
    return paths


def lake_files() -> dict[str, bytes]:
    """The photograph, and what happens to photographs: copied, shrunk, cut off in a download."""
    lake = picture_of(mountain_lake())
    photograph = encoded(
        lake, "JPEG", quality=90, exif=exif_of(LAKE_BLED), xmp=XMP.encode(), subsampling=0
    )
    small = lake.resize((810, 540), Image.Resampling.LANCZOS)
    return {
        LAKE: photograph,
        "IMG_0042 (copy).jpg": photograph,
        "mountain_lake_for_web.jpg": encoded(small, "JPEG", quality=60),
        "mountain_lake_broken_download.jpg": photograph[: len(photograph) * 3 // 5],
    }


def orientation_files() -> dict[str, bytes]:
    """The same upright arrow, stored in each of the eight ways that EXIF knows."""
    files = {}
    for orientation, turn in STORED_FOR.items():
        upright = arrow(f"EXIF orientation {orientation}")
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        stored = upright if turn is None else upright.transpose(turn)
        files[f"arrow_orientation_{orientation}.jpg"] = encoded(
            stored, "JPEG", quality=90, exif=exif
        )
    return files


def desert_files() -> dict[str, bytes]:
    """The dunes as AVIF where Pillow can write it, else as JPEG."""
    desert, exif = picture_of(dunes(1200, 750)), exif_of(ERG_CHEBBI)
    if features.check("avif"):
        return {"dunes.avif": encoded(desert, "AVIF", quality=70, speed=8, exif=exif)}
    return {"dunes.jpg": encoded(desert, "JPEG", quality=90, exif=exif)}


def picture_of(pixels: Pixels) -> Image.Image:
    """An 8-bit picture of numbers from 0 to 1."""
    return Image.fromarray((pixels * 255).round().astype(np.uint8))


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    """The picture as a file of this format of Pillow's."""
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def deep_png(pixels: Pixels) -> bytes:
    """A PNG of 16 bits per channel, which Pillow cannot write."""
    deep = pyvips.Image.new_from_array((pixels * 65535).round().astype(np.uint16))
    content: bytes = deep.copy(interpretation="rgb16").pngsave_buffer(compression=9)
    return content


def print_file(picture: Image.Image) -> bytes:
    """A CMYK TIFF at 300 dpi, LZW."""
    return encoded(picture.convert("CMYK"), "TIFF", compression="tiff_lzw", dpi=(300, 300))


def animation() -> bytes:
    """A GIF that loops forever."""
    frames = [orbit(number, FRAMES).quantize(64) for number in range(FRAMES)]
    return encoded(
        frames[0], "GIF", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0
    )


def exif_of(shot: Shot) -> Image.Exif:
    """What the camera wrote."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Demo"
    exif[ExifTags.Base.Model] = "Paintbox 1"
    exif[ExifTags.Base.ImageDescription] = shot.description
    exif[ExifTags.Base.Artist] = "Sample Pictures"
    exif[ExifTags.Base.Copyright] = "CC0 1.0"
    exif[ExifTags.Base.Orientation] = 1
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.DateTimeOriginal: shot.taken_at,
            ExifTags.Base.OffsetTimeOriginal: shot.offset,
            ExifTags.Base.ExposureTime: shot.exposure_seconds,
            ExifTags.Base.FNumber: float(shot.f_number),
            ExifTags.Base.ISOSpeedRatings: shot.iso,
            ExifTags.Base.FocalLength: float(shot.focal_length_mm),
            ExifTags.Base.Flash: 16,
            ExifTags.Base.ColorSpace: 1,
        }
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N" if shot.latitude >= 0 else "S",
            ExifTags.GPS.GPSLatitude: degrees_minutes_seconds(shot.latitude),
            ExifTags.GPS.GPSLongitudeRef: "E" if shot.longitude >= 0 else "W",
            ExifTags.GPS.GPSLongitude: degrees_minutes_seconds(shot.longitude),
            ExifTags.GPS.GPSAltitudeRef: b"\0",
            ExifTags.GPS.GPSAltitude: float(shot.altitude_m),
        }
    )
    return exif


def degrees_minutes_seconds(degrees: float) -> tuple[float, float, float]:
    """Degrees as EXIF wants them, seconds with two decimals, without sign."""
    hundredths = round(abs(degrees) * 360_000)
    return float(hundredths // 360_000), float(hundredths // 6_000 % 60), hundredths % 6_000 / 100
