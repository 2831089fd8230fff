"""What decoders say of damaged bytes, in words that a person understands.

Only the terse ones are here; a decoder's own words stay in brackets, so that they can be looked up.
"""

import re

CUT_OFF = "the file ends too early"
PIXELS = "its pixel data are damaged"

WORDS = (
    (r"JXL_DEC_NEED_MORE_INPUT|Need more input|Truncated data|not enough image data", CUT_OFF),
    (r"Read error at scanline|Not enough data for scanline|not enough data", CUT_OFF),
    (r"buffer overrun|unrecognized data stream|index out of range", PIXELS),
    (r"libpng read error|broken data stream|unable to read pixels|JXL_DEC_ERROR", PIXELS),
    (r"Excessive depth", "it is nested too deeply"),
    (r"entity amplification", "its entities grow without bounds, an attack"),
)
"""Pattern of a decoder's words -> ours; the first that is found counts."""


def in_words(detail: str) -> str:
    """A decoder's message, explained when it is one of the terse ones."""
    for pattern, words in WORDS:
        if re.search(pattern, detail, re.IGNORECASE):
            return f"{words} ({detail})"
    return detail
