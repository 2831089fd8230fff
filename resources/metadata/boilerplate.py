"""Texts that cameras and programs write where a person's words belong.

They stay in ``metadata_json``, but they are no caption, so that they neither hide one of a lower
rank nor fill a column. Only whole texts count: "Digital Camera" is none, "My digital camera" is.
"""

import re
from collections.abc import Mapping

from resources.metadata.tags import Tags, TagValue
from resources.metadata.values import text_of, texts_of

WRITTEN_BY_PEOPLE = (
    "IFD0:ImageDescription",
    "IPTC:Caption-Abstract",
    "XMP-dc:Description",
    "ExifIFD:UserComment",
    "IFD0:XPComment",
    "IFD0:XPTitle",
    "IFD0:XPSubject",
    "IPTC:ObjectName",
    "XMP-dc:Title",
    "PNG:Title",
    "PNG:Description",
    "PNG:Comment",
    "File:Comment",
    "XMP-exif:UserComment",
)
"""Tags that hold what a person says of a picture, or should; XMP's in every language."""

MAKERS = (
    r"agfa\w*|aiptek|benq|bell\+howell|canon|casio|concord|eastman kodak|epson|"
    r"fuji(?:film|photo)?|ge|hewlett.packard|hitachi|hp|jenoptik|jvc|kodak|"
    r"konica(?: minolta)?|kyocera|leica|lg|lumix|medion|minolta|moultrie|nikon|olympus|"
    r"panasonic|pentax|polaroid|praktica|ricoh|rollei|samsung|sanyo|sigma|sony|toshiba|trust|"
    r"vivitar|yashica"
)
KINDS = (
    rf"(?:(?:{MAKERS}) )?digital (?:still |game |video )?camera(?: pictures)?",
    rf"(?:{MAKERS}) (?:camera pictures|dsc|electronics|corporation)|samsung",
    r"(?:konica ?)?minolta ?dsc",
    r"exif[ _-]?jpe?g(?:[ _-]\w+)?",
    r"dcf(?: ?\d(?:\.\d)?)?",
    r"dcim\\\S*",
    r"dsc\d*|dvc \S+ hdmi|hellomoto|my beautiful picture|iclarified",
    r"<(?:digimax|kenox|samsung)[^<>]*>",
    r"charset ?= ?\"?ascii\"?|ascii|unicode|binary comment|default",
    r"created (?:with|by|using) (?:the )?(?:gimp|imagemagick|imlib|inkscape|krita).{0,40}",
    r"created (?:with|by|using) (?:openjpeg|paint\.net).{0,40}|kakadu.{0,20}",
    r"creator: gd-jpeg .{0,80}|lead technologies.{0,40}|applemark|intel\(r\) jpeg library.{0,40}",
    r"file written by adobe photoshop.{0,20}|optimized by jpegmini.{0,40}|la[vm][ce]\d.{0,30}",
    r"jpeg encoder copyright .{0,60}|handmade software.{0,60}",
)
"""What they write, in small letters: inaturalist/inaturalist#1323, photoprism/photoprism#5078, the
lists of gThumb and PhotoQt, and the comments of common JPEG encoders."""

BOILERPLATE = re.compile("|".join(f"(?:{kind})" for kind in KINDS), re.IGNORECASE)

PHONE_CODE = re.compile(r"[_a-z][\w-]{1,15}")
"""Names of scene modes that phones of two makers write, such as "cof", "oznor" and "_cuva"."""

PHONES_WITH_CODES = ("huawei", "honor")

CAMERA = ("IFD0:Make", "IFD0:Model")

GRAPH = re.compile(r"(?:prompt|workflow):\s*\{", re.IGNORECASE)
"""What ComfyUI writes in a WebP's camera tags."""

GENERATED = re.compile(r"\bSteps: \d+, Sampler: ")
"""The parameters of a generated picture, which are read as such."""


def without_boilerplate(tags: Mapping[str, TagValue]) -> Tags:
    """The tags without the texts that no person wrote, and without cameras that are none."""
    kept = dict(tags)
    for name in CAMERA:
        if GRAPH.match(text_of(kept.get(name)) or ""):
            del kept[name]
    names = [text_of(kept.get(name)) or "" for name in CAMERA]
    camera, has_codes = _words(" ".join(names)), names[0].lower().startswith(PHONES_WITH_CODES)
    for name in [name for name in kept if name.startswith(WRITTEN_BY_PEOPLE)]:
        texts = texts_of(kept[name])
        written = [text for text in texts if not (is_boilerplate(text) or _words(text) <= camera)]
        if has_codes:
            written = [text for text in written if not PHONE_CODE.fullmatch(text)]
        if written != texts:
            kept[name] = list(written)
    return kept


def is_boilerplate(text: str) -> bool:
    """Whether a camera or a program wrote the text."""
    words = " ".join(text.split())
    return BOILERPLATE.fullmatch(words) is not None or GENERATED.search(text) is not None


def _words(text: str) -> set[str]:
    return set(text.lower().split())
