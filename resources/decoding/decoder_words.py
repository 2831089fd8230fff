"""What decoders say of damaged bytes, in words that a person understands.

A decoder's own words stay in brackets, so that they can be looked up.
"""

import re

CUT_OFF = "the file ends too early"
PIXELS = "its pixel data are damaged"
HEADER = "its header is damaged"
PLACES = "its list of where the pixel data are is damaged"
FEATURE = "it uses a feature that the decoder here does not have"

WORDS = (
    (r"unsupported|not implemented|not (been )?(configured|supported|built)", FEATURE),
    (r"no (codec|decod\w+)( plugin)? (available|installed)", FEATURE),
    (
        r"premature end|premature|need.more.input|truncated|unexpected end|end of (file|gif)",
        CUT_OFF,
    ),
    (r"(read error (at|on)|not enough (image )?data|bytes? not processed|\bEOF\b)", CUT_OFF),
    (r"outside of file bounds|got \d+ bytes, expected", CUT_OFF),
    (r"seek error|strip byte count|stripoffsets|tileoffsets|tilebytecounts", PLACES),
    (
        r"not identified|no valid header|header cannot be read|cannot identify|invalid header",
        HEADER,
    ),
    (r"bad dimensions|IHDR|bad header|cannot parse|header block", HEADER),
    (r"no 'meta' box|full meta box", HEADER),
    (
        r"more samples per pixel|samples out of range",
        "it declares more channels than a picture has",
    ),
    (r"XML elements", "it has more parts than any drawing needs, an attack"),
    (r"XML parse error|tag mismatch|namespace prefix", "its XML is not well formed"),
    (r"excessive depth", "it is nested too deeply"),
    (r"entity amplification", "its entities grow without bounds, an attack"),
    (r"CRC error|incorrect data check|checksum", "a checksum does not fit"),
    (r"pdfium|load page", "its pages cannot be read"),
    (r"profile|iCCP", "its color profile cannot be used: shown as sRGB"),
    (r"extraneous bytes", "there are bytes in it that do not belong there"),
    (r"", PIXELS),
)
"""Pattern of a decoder's words -> ours; the first that is found counts, the last one always is."""

WARNING = "its decoder warns of something unusual"


def in_words(detail: str) -> str:
    """A decoder's message, explained."""
    return f"{explanation(detail)} ({detail})" if detail else PIXELS


def warning_in_words(detail: str) -> str:
    """A decoder's warning about a picture that it can read, explained."""
    words = explanation(detail)
    return f"{WARNING if words == PIXELS else words} ({detail})"


def explanation(detail: str) -> str:
    """A sentence on what a decoder's message means."""
    return next(words for pattern, words in WORDS if re.search(pattern, detail, re.IGNORECASE))
