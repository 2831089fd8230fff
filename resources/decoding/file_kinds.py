"""What a file is that no decoder here reads, in words that a person knows.

The kinds that lie among people's pictures are told by their signatures here; for rarer ones
puremagic's name is taken when it rests on enough bytes. Only first bytes are looked at, and names
in ZIP archives.
"""

import io
import zipfile

import puremagic

from resources.decoding.decoding_context import one_line

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\0\0\2\0", "a Windows mouse pointer (CUR)"),
    (4, b"ftypcrx ", "a Canon raw photo (CR3)"),
    (0, b"FUJIFILMCCD-RAW", "a Fujifilm raw photo (RAF)"),
    (0, b"IIRO", "an Olympus raw photo (ORF)"),
    (0, b"IIRS", "an Olympus raw photo (ORF)"),
    (0, b"MMOR", "an Olympus raw photo (ORF)"),
    (0, b"IIU\0", "a Panasonic or Leica raw photo (RW2)"),
    (0, b"FOVb", "a Sigma raw photo (X3F)"),
    (0, b"\0MRM", "a Minolta raw photo (MRW)"),
    (4, b"ftypqt  ", "a QuickTime video (MOV)"),
    (4, b"wide", "a QuickTime video (MOV)"),
    (4, b"moov", "a QuickTime video (MOV)"),
    (4, b"mdat", "a QuickTime video (MOV)"),
    (4, b"ftypisom", "an MP4 video"),
    (4, b"ftypiso", "an MP4 video"),
    (4, b"ftypmp4", "an MP4 video"),
    (4, b"ftypavc1", "an MP4 video"),
    (4, b"ftypM4V", "an MP4 video"),
    (4, b"ftypM4A", "an audio file (M4A)"),
    (4, b"ftyp3g", "a phone video (3GP)"),
    (8, b"AVI ", "an AVI video"),
    (8, b"WAVE", "an audio file (WAV)"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (0, b"\0\0\1\xba", "an MPEG video"),
    (0, b"\0\0\1\xb3", "an MPEG video"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a Windows Media video or audio file"),
    (0, b"ID3", "an audio file (MP3)"),
    (0, b"fLaC", "an audio file (FLAC)"),
    (0, b"OggS", "an Ogg audio or video file"),
    (0, b"gimp xcf", "a GIMP picture (XCF)"),
    (0, b"v/1\x01", "an OpenEXR picture"),
    (0, b"#?RADIANCE", "a Radiance HDR picture"),
    (0, b"II\xbc\x01", "a JPEG XR picture"),
    (0, b"BPG\xfb", "a BPG picture"),
    (0, b"FLIF", "a FLIF picture"),
    (0, b"\x8aMNG", "an MNG animation"),
    (0, b"AT&TFORM", "a DjVu document"),
    (0, b"SIMPLE  =", "a FITS picture"),
    (128, b"DICM", "a medical picture (DICOM)"),
    (2048, b"PCD_IPI", "a Kodak Photo CD picture (PCD)"),
    (40, b" EMF", "a Windows drawing (EMF)"),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows drawing (WMF)"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript drawing (EPS)"),
    (0, b"%!PS", "a PostScript drawing or document"),
    (60, b"BOOKMOBI", "a Kindle or Mobipocket book"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an older Microsoft Office document, or Thumbs.db"),
    (0, b"{\\rtf", "a text document (RTF)"),
    (0, b"\x1f\x8b", "a compressed file (gzip)"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"SQLite format 3", "a database (SQLite)"),
    (4, b"Bud1", "a folder's settings (.DS_Store of macOS)"),
    (0, b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut"),
    (0, b"MZ", "a Windows program"),
    (0, b"\x7fELF", "a Linux program"),
)
"""Offset, bytes there, and what it is. The first that fits counts."""

ZIP_USES = (
    ("META-INF/container.xml", "an EPUB book"),
    ("word/", "a Word document"),
    ("xl/", "an Excel document"),
    ("ppt/", "a PowerPoint document"),
    ("content.xml", "an OpenDocument file"),
    ("AndroidManifest.xml", "an Android app"),
    ("maindoc.kra", "a Krita picture"),
    ("stack.xml", "an OpenRaster picture"),
    ("[Content_Types].xml", "a Microsoft Office document"),
)
"""Name, or first part of a name, in a ZIP archive, and what the archive is then."""

ZIP_TYPES = {
    b"mimetypeapplication/epub+zip": "an EPUB book",
    b"mimetypeapplication/vnd.oasis.opendocument": "an OpenDocument file",
}
"""First entry of an archive, uncompressed, and what the archive is then."""

ZIP_NAMES = 2_000
"""Names in an archive that are looked at."""

TEXTS = (
    ("<!doctype html", "a web page (HTML)"),
    ("<html", "a web page (HTML)"),
    ("<x:xmpmeta", "an XMP sidecar"),
    ("<?xpacket", "an XMP sidecar"),
    ("<?xml", "an XML file"),
)

LIKELY = 0.5
"""puremagic's confidence of a name that rests on five bytes or more."""


def describe(content: bytes) -> str:
    """What the bytes seem to be, in words for a person: "plain text", "an MP4 video", ..."""
    if content.count(0) == len(content):
        return "nothing but zero bytes"
    if content.startswith(b"PK\x03\x04"):
        return _describe_zip(content)
    for offset, signature, words in SIGNATURES:
        if content.startswith(signature, offset):
            return words
    if is_plain_text(content):
        return _describe_text(content)
    if content[4:8] == b"ftyp":
        return one_line(f"a video, or a HEIF picture of another kind ({brands_of(content)})")
    return _puremagic_name(content) or "an unknown format"


def _puremagic_name(content: bytes) -> str | None:
    """Puremagic's name, unless it rests on a run of equal bytes, or on how a text is encoded."""
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return None
    for match in found:
        is_telling = len(set(match.byte_match or b"")) > 1 and "UTF8" not in match.name
        if match.confidence >= LIKELY and is_telling:
            return one_line(match.name or match.extension)
    return None


def _describe_zip(content: bytes) -> str:
    """What a ZIP archive is used for, by its first entry or the names in it."""
    for mark, words in ZIP_TYPES.items():
        if mark in content[:256]:
            return words
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()[:ZIP_NAMES]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a ZIP archive"
    for start, words in ZIP_USES:
        if any(name.startswith(start) for name in names):
            return words
    return "a ZIP archive"


def _describe_text(content: bytes) -> str:
    start = content[:512].decode("utf-8", "replace").removeprefix("\ufeff").lstrip().lower()
    return next((words for mark, words in TEXTS if start.startswith(mark)), "plain text")


def brands_of(content: bytes) -> str:
    """The brands of an ISO base media file (ISO/IEC 14496-12, ``ftyp``), such as "mif3 avif"."""
    end = min(int.from_bytes(content[:4], "big"), 64)
    brands = [content[at : at + 4].strip() for at in range(8, end, 4)]
    named = (brand.decode() for brand in brands if brand.isalnum())
    return " ".join(dict.fromkeys(named))


def is_plain_text(content: bytes) -> bool:
    """Whether the first 4 KiB are text in UTF-8 or UTF-16, without control characters."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _is_printable(content[:4096].decode("utf-16", "replace"))
    try:
        text = content[:4096].decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if error.start < len(content[:4096]) - 4:  # not only a character cut in half
            return False
        text = content[: error.start].decode("utf-8")
    return _is_printable(text)


def _is_printable(text: str) -> bool:
    return bool(text) and all(char.isprintable() or char in "\ufeff\t\r\n\f" for char in text)
