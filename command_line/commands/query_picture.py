"""A picture to search with: any file, decoded in a process that can be killed, as assets are."""

import hashlib
import os
import tempfile
from pathlib import Path

from command_line.terminal.console import CommandError
from media_assets.images.model_input import AT_MOST_PX, QUALITY
from media_assets.images.viewing_copy import AT_MOST_PX as VIEWING_COPY_PX
from resources.configuration.settings import Settings
from resources.decoding.decoder_pool import DecoderPool, Task
from resources.decoding.pixels import decode_upright, flattened, limits_in_force
from resources.decoding.renditions import KEEP_NO_METADATA
from resources.outcomes import USABLE
from resources.sources.originals import Source


def decode_picture(path: Path, settings: Settings) -> bytes:
    """The JPEG that models would get of this picture. Raises CommandError when it is none."""
    if path.stat().st_size > settings.limits.max_file_bytes:
        raise CommandError(f"{path} is larger than limits.max_file_bytes allows")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with (
        tempfile.TemporaryDirectory() as folder,
        DecoderPool(1, settings.limits, [__name__], tools=()) as decoders,
    ):
        image = Source(path.name, sha256, path.name, os.fsencode(path.resolve()), Path(folder))
        ((_, attempt),) = decoders.run([Task(make_query_picture, image, {})])
    if attempt.outcome not in USABLE or not isinstance(attempt.value, bytes):
        raise CommandError(f"{path} cannot be searched with: {attempt.reason}")
    return attempt.value


def make_query_picture(image: Source) -> bytes:
    """Decode all of ``image`` and return what its model input would be, as a JPEG."""
    decoded = decode_upright(image.content(), limits_in_force(), VIEWING_COPY_PX)
    pixels = flattened(decoded.image).thumbnail_image(AT_MOST_PX, height=AT_MOST_PX, size="down")
    return bytes(pixels.jpegsave_buffer(Q=QUALITY, keep=KEEP_NO_METADATA))
