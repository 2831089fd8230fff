"""Small pictures with metadata in them, written by Pillow and by the real exiftool."""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image
from PIL.TiffImagePlugin import IFDRational


def need_exiftool() -> str:
    """The path of exiftool; fails the test with the package's name when it is missing."""
    found = shutil.which("exiftool")
    assert found, "exiftool is missing: apt-get install libimage-exiftool-perl"
    return found


def plain(format: str = "JPEG", **options: object) -> bytes:
    """A picture of 40 x 30 px without metadata, or with what ``options`` give Pillow."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 80, 40)).save(file, format, **options)
    return file.getvalue()


def tagged(content: bytes, *assignments: str) -> bytes:
    """``content`` with tags written by exiftool: "-IPTC:City=Oslo"."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture")
        path.write_bytes(content)
        subprocess.run(
            [need_exiftool(), "-config", "", "-q", "-overwrite_original", *assignments, str(path)],
            check=True,
        )
        return path.read_bytes()


def ask_exiftool(content: bytes, *arguments: str) -> str:
    """What exiftool prints about ``content``, apart from our own use of it."""
    answer = subprocess.run(
        [need_exiftool(), "-config", "", *arguments, "-"],
        input=content,
        capture_output=True,
        check=True,
    )
    return answer.stdout.decode("utf-8")


def gps_block(
    latitude: tuple[float, ...], north: str, longitude: tuple[float, ...], east: str
) -> Image.Exif:
    """EXIF with a position given in degrees, minutes and seconds."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: north, 2: latitude, 3: east, 4: longitude})
    return exif


UNDEFINED = IFDRational(0, 0)
INFINITE = IFDRational(5, 0)
