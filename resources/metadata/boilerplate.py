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
    r"(?:agfa\w*|aiptek|apple|benq|bell ?(?:\+|&|and) ?howell|canon|casio|concord|eastman kodak|"
    r"(?:seiko )?epson|fuji(?:film|photo)?|ge|google|gopro|hewlett.packard|hitachi|hp|htc|huawei|"
    r"jenoptik|jvc|kodak|konica(?: minolta)?|kyocera|leica|lg|lumix|medion|microsoft|minolta|"
    r"motorola|moultrie|nikon|nokia|olympus|oppo|panasonic|pentax|polaroid|praktica|ricoh|rollei|"
    r"samsung|sanyo|sharp|sigma|sony(?: ?ericsson)?|toshiba|trust|vivitar|vivo|xiaomi|yashica)"
)
SERIES = (
    r"(?:camedia|coolpix|coolwalker|cyber-?shot|digimax|dimage|easyshare|exilim|finepix|ixus|kenox|"
    r"lumix|mavica|optio|photosmart|power ?shot|stylus)"
)
WORDS_TOO = (
    r"agfa\w*|apple|canon|concord|ge|google|hp|leica|microsoft|olympus|sharp|sigma|trust|vivo"
)
COMPANY = (
    r"(?:imaging|optical|computer|electric|electronics|techwin|photo|film|camera|digital|mobile|"
    r"communications)"
)
COMPANY_FORM = r"(?:corp(?:oration)?|company|co|inc|ltd|gmbh|electronics|techwin)"
CAMERA_KIND = r"(?:digital(?: still| game| video)?|phone|mobile)"
"""Names of companies, of their cameras, those that alone may be a person's word, and what stands in
the names of companies."""

PROGRAMS = (
    r"(?:(?:the )?gimp|image ?magick|graphics ?magick|imlib\w*|inkscape|krita|kakadu|openjpeg|"
    r"paint\.net|(?:adobe )?(?:photoshop|lightroom|imageready|fireworks)|gd-jpeg|jpeg-recompress|"
    r"jpegmini|jpegoptim|mozjpeg|guetzli|tiny(?:png|jpg)|imageoptim|ezgif|snapseed|vsco\w*|picsart|"
    r"photoscape|photofiltre|xnview\w*|irfanview|acdsee|acd systems|dxo|digikam|darktable|ufraw|"
    r"raw ?therapee|photomatix|camscanner|ffmpeg|libavcodec|ghostscript|matplotlib|gnuplot)"
)
WORDS_FOR_PROGRAMS = (
    r"(?:acorn|adobe|affinity|afterlight|autopano|befunky|blender|b612|camera\+|canva|capture one|"
    r"clip studio|corel\w*|accusoft|facetune|figma|firefly|fotor|google|gnu|greenshot|helicon|"
    r"hipstamatic|hugin|ibispaint|iloveimg|illustrator|instagram|iphoto|kraken|luminar|medibang|"
    r"meitu|microsoft|midjourney|moldiv|ms paint|picasa|pixelmator|pixlr|polarr|procreate|ptgui|"
    r"retrica|rookie|sharex|shotwell|sketch|snagit|snapchat|squoosh|stable diffusion)"
)
"""Programs: those whose name alone is no caption, and those whose name may be a person's word."""

DETAIL = (
    r"(?:\S*\d\S*|\S+://\S+|www\.\S+|\S+\.(?:com|org|net|io)|\([^()]{0,60}\)|\S*[:;|,]|[-\u2013|]|"
    r"cs|cc|and|with|by|for|from|on|an?|the|free|pro|plus|lite|elements|express|studio|photos?|"
    r"paint|ai|labs?|gimp|editor|tools?|suite|app|application|online|software|version|release|"
    r"filter|focus|preset|pack|quality|image|jpe?g|png|pnm(?:'s)?|gif|webp|rev|inc\.?|corp\.?|"
    r"firefly|bridge|digital|imaging|windows|win|mac(?:intosh)?|os|x|linux|android|ios|iphone|ipad)"
)
"""What programs add to their names: versions, addresses, systems; a person adds other words."""

DIDS = (
    r"(?:created|made|processed|edited|resized|compressed|converted|optimi[sz]ed|exported|saved|"
    r"(?:file )?written|generated|captured|scanned|produced|encoded|enhanced|retouched|rendered|"
    r"taken|shot|cropped|drawn|printed|published|uploaded|downloaded)"
)

MAKER_TEXTS = (
    rf"(?:{MAKERS} )?(?:(?:{SERIES}|\S*\d\S*|zoom) )*+{CAMERA_KIND} camera(?: pictures)?",
    r"camera(?: phone)?",
    rf"{MAKERS} (?:camera pictures|dsc)|(?!(?:{WORDS_TOO})$){MAKERS}",
    rf"{MAKERS}(?: {COMPANY})*,? {COMPANY_FORM}(?:[., ]+(?:ltd|inc|limited)\.?|\.)*+",
    rf"(?:{MAKERS} {SERIES}|digimax)(?: (?:{SERIES}|zoom|\S*\d\S*))*|picture ?power ?shot\S*",
    r"(?:konica ?)?minolta ?dsc|<(?:digimax|kenox|samsung)[^<>]*>",
    r"exif[ _-]?jpe?g(?:[ _-]\w+)?|jfif|jpeg(?: (?:file|image))?|dcf(?: ?\d(?:\.\d)?)?",
    r"dcim[\\/]\S*|dsc\d*|dvc \S+ hdmi|hellomoto|my beautiful picture|iclarified",
    r"(?:img|pxl|dji|mvi|sam|gopr|imgp|pict|dsc[nf]?|cimg|hpim)[_-]?\d{3,}\w*(?:\.(?:jpe?g|png|heic))?",
    r"(?:oppo|vivo)_\d+|maker: ?0x[\da-f]+\S*|fbmd[\da-f]+|xr:d:\S+",
)
"""What cameras, phones and sites write of themselves."""

PROGRAM_TEXTS = (
    (
        rf"(?:{DIDS} (?:with|by|using|in|on|from|via):? (?:https?://)?(?:www\.)?"
        rf"(?:{PROGRAMS}|{WORDS_FOR_PROGRAMS})|{PROGRAMS})"
        rf"(?:'s|\.\S+|[^\w\s])?(?: {DETAIL}(?!\S))*+"
    ),
    r"processed by ebay .{0,60}",
    r"creator: (?:gd-jpeg|xv|the gimp|xnview|imagemagick).{0,80}|file source: https?://\S+",
    r"lead technologies.{0,40}|applemark|intel\(r\) jpeg library.{0,40}|la[vm][ce]\d.{0,30}",
    r"jpeg encoder copyright .{0,60}|handmade software.{0,60}|kakadu.{0,20}",
    r"(?:image |file )?(?:generated|created) by (?:(?:gnu|esp|afpl) )?ghostscript.{0,40}",
)
"""What programs write of themselves."""

SCREENSHOT = (
    r"(?:screen[ -]?shot|screen capture|bildschirmfoto|capture d['\u2019]écran|"
    r"captura de (?:pantalla|tela|ecrã)|schermata|schermafbeelding|skärmavbild|skærmbillede|"
    r"skjermbilde|zrzut ekranu|ekran görüntüsü|снимок экрана|スクリーンショット|截屏|屏幕截图|"
    r"截圖|스크린샷)"
    r"(?:[ _]?(?:at|um|à|a las|às|alle|om|kl|from|du|am|[ap]\.?\s?m)\b|[ _\d.,:-])*+"
    r"(?:png|jpe?g)?"
)
"""In the languages of the systems that write it, with the time and no other word."""

DATA_TEXTS = (
    r"charset ?= ?\"?ascii\"?|ascii|unicode|binary comment|default|\(?null\)?|undefined|<unknown>",
    r"(?:image|picture) ?description|user ?comments?",
    r"\{ ?\"[\w.]+\" ?:.*\}|(?:\w+ ?: ?[^;:]{0,60}; ?){2,}(?:\w+ ?: ?[^;:]{0,60})?",
)
"""Names of fields and of encodings, JSON, and pairs ("filter: 0; jpegRotation: 90;")."""

KINDS = (*MAKER_TEXTS, *PROGRAM_TEXTS, SCREENSHOT, *DATA_TEXTS)
"""Sources: inaturalist/inaturalist#1323, photoprism/photoprism#5078, the lists of gThumb and
PhotoQt, the comments of common JPEG encoders, and what phones' cameras leave in UserComment."""

BOILERPLATE = re.compile("|".join(f"(?:{kind})" for kind in KINDS), re.IGNORECASE)

LONGEST_LOOKED_AT = 2_000
"""Characters; what is longer is none of these."""

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
    if len(words) > LONGEST_LOOKED_AT:
        return GENERATED.search(text) is not None
    return BOILERPLATE.fullmatch(words) is not None or GENERATED.search(text) is not None


def _words(text: str) -> set[str]:
    return set(text.lower().split())
