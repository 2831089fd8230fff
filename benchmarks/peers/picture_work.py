"""What both peers do to one picture: three thumbnails, EXIF, SHA-256, from one decode.

With Pillow, which is both peers' own image type. The JPEG is shrunk while it is decoded
(``Image.thumbnail`` asks libjpeg for that), and each thumbnail is made of the one above.
"""

import hashlib
import io
import json
from pathlib import Path

from PIL import ExifTags, Image

SIDES_PX = (512, 256, 128)
QUALITY = 80


def derive(path: str, target: str) -> dict[str, str]:
    """Write the thumbnails into the folder; return their paths, the hash, and EXIF as JSON."""
    content = Path(path).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    found = {"sha256": sha256}
    with Image.open(io.BytesIO(content)) as image:
        exif = {ExifTags.TAGS.get(tag, str(tag)): str(it) for tag, it in image.getexif().items()}
        found["exif"] = json.dumps(exif)
        for side in SIDES_PX:
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
            thumbnail = Path(target, f"{sha256}-{side}.jpg")
            image.convert("RGB").save(thumbnail, "JPEG", quality=QUALITY)
            found[f"thumbnail_{side}"] = str(thumbnail)
    return found
