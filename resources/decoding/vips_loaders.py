"""libvips, restricted to the loaders that are wanted here; import this before using pyvips.

Every loader is blocked but those of six formats. HEIF is left out: the libvips of pyvips-binary
has no HEVC, no animated AVIF, and decodes malformed AVIF that libavif refuses. Ultra HDR is left
out, so that its plain JPEG is read. SVG is flagged untrusted by libvips (it has not been fuzzed):
the process that renders it must be killable.
"""

import logging

import pyvips

from resources.decoding.decoder_words import warning_in_words
from resources.decoding.decoding_context import note, one_line

FORMATS = {
    "VipsForeignLoadJpegBuffer": "jpeg",
    "VipsForeignLoadPngBuffer": "png",
    "VipsForeignLoadWebpBuffer": "webp",
    "VipsForeignLoadTiffBuffer": "tiff",
    "VipsForeignLoadNsgifBuffer": "gif",
    "VipsForeignLoadSvgBuffer": "svg",
}

HARMLESS = (
    "read gave",  # followed by the warning itself
    "error in tile",  # followed by an error
    "Unknown field with tag",
    "tags are not sorted in ascending order",
    "known incorrect sRGB profile",
    "ASCII value for tag",
    "tag ignored",
    "Incorrect count for",
    "perceptual intent",
    "PCS illuminant is not D50",
)
"""Parts of warnings that say nothing about the pixels: untidy metadata, uncommon profiles."""


class _NoteWarnings(logging.Handler):
    """Hands libvips' warnings to ``note``."""

    def emit(self, record: logging.LogRecord) -> None:
        message = one_line(record.getMessage().removeprefix("VIPS: ").removeprefix("VipsJpeg: "))
        if message and not any(part in message for part in HARMLESS):
            note(warning_in_words(message))


def restrict() -> None:
    """Block every loader but the wanted ones and collect warnings. Harmless when repeated."""
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in FORMATS:
        pyvips.operation_block_set(loader.removesuffix("Buffer"), False)
    pyvips.logger.handlers = [_NoteWarnings(logging.WARNING)]
    pyvips.logger.propagate = False


def sniff(content: bytes) -> str | None:
    """The format of ``content`` as libvips recognizes it, or None."""
    found = pyvips.vips_lib.vips_foreign_find_load_buffer(content, len(content))
    if found == pyvips.ffi.NULL:
        return None
    return FORMATS.get(pyvips.ffi.string(found).decode())


restrict()
