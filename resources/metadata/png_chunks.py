"""The metadata of a PNG, taken out of its chunks within bounds, before anything else reads them.

A few kilobytes of a compressed chunk may hold a gigabyte, and programs that generate pictures put
their whole workflow there. So the chunks are walked once (with Pillow's own reader), texts are
inflated only as far as they are kept, and exiftool gets a PNG without texts and pixels. Both
engines thus read the same texts (PNG 3rd edition, 11.3.3), also those behind the pixels.
"""

import io
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from PIL.PngImagePlugin import ChunkStream

from resources.metadata.tags import (
    LONG_TEXTS,
    LONGEST_LIST,
    LONGEST_PROMPT,
    LONGEST_TEXT,
    Tags,
    TagValue,
)
from resources.metadata.text_encoding import decode_8bit
from resources.metadata.xmp_tags import LARGEST_PACKET_BYTES

SIGNATURE = b"\x89PNG\r\n\x1a\n"

MOST_CHUNKS = 200_000
"""Chunks that are walked: 1.6 GB of pixels in the usual 8 kB each."""

LARGEST_TEXTS_BYTES = 8 * 1_048_576
"""Of all texts of a picture, inflated."""

XMP_KEYWORD = "XML:com.adobe.xmp"
"""Adobe, "XMP Specification Part 3", section 1.1.5."""

OLD_PROFILES = {
    "Raw profile type exif": "exif",
    "Raw profile type APP1": "exif",
    "Raw profile type xmp": "xmp",
    "Raw profile type iptc": "photoshop",
}
"""How ImageMagick put metadata in hexadecimal into PNG texts before PNG had chunks for it."""

TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
PIXEL_CHUNKS = (b"IDAT", b"fdAT", b"IEND")


@dataclass(frozen=True)
class PngMetadata:
    """What a PNG says beside its pixels.

    ``texts`` are tags as exiftool names them, ``blocks`` are "exif", "xmp", "icc" and "photoshop",
    still encoded. ``skeleton`` is a PNG of all chunks but texts and pixels.
    """

    texts: Tags = field(default_factory=dict)
    blocks: Mapping[str, bytes] = field(default_factory=dict)
    skeleton: bytes = b""
    notes: tuple[str, ...] = ()


class _Collector:
    """Takes one chunk after the other."""

    def __init__(self) -> None:
        self.texts: Tags = {}
        self.blocks: dict[str, bytes] = {}
        self.kept = [SIGNATURE]
        self.notes: list[str] = []
        self._text_bytes_left = LARGEST_TEXTS_BYTES
        self._block_bytes_left = 2 * LARGEST_PACKET_BYTES

    def take(self, kind: bytes, data: bytes, whole: bytes) -> None:
        if kind in TEXT_CHUNKS:
            keyword, _, rest = data.partition(b"\0")
            self._take_text(kind, keyword.decode("latin-1"), rest, whole)
        elif kind == b"iCCP":
            self._take_block("icc", "color profile", data.partition(b"\0")[2][1:], whole)
        elif kind == b"eXIf":
            self._keep_block("exif", data, whole)
        elif kind not in PIXEL_CHUNKS:
            self._keep_block("", b"", whole)

    def _take_text(self, kind: bytes, keyword: str, rest: bytes, whole: bytes) -> None:
        is_packed, language, text = text_parts(kind, rest)
        name = "xmp" if keyword == XMP_KEYWORD else OLD_PROFILES.get(keyword)
        if name and is_packed:
            self._take_block(name, keyword, text, whole)
        elif name:
            self._keep_block(name, block_of(text), whole)
        else:
            self._add_text(text_name(keyword, language), text, is_packed=is_packed)

    def _add_text(self, name: str, text: bytes, *, is_packed: bool) -> None:
        longest = LONGEST_PROMPT if name in LONG_TEXTS else 4 * LONGEST_TEXT
        limit = min(longest, self._text_bytes_left)
        found, is_cut = self._inflated(name, text, limit) if is_packed else (text, False)
        if is_cut or len(found) > limit:
            self.notes.append(f"{name} is longer than what is kept of it")
        found = found[:limit]
        self._text_bytes_left -= len(found)
        if found:
            self.texts[name] = with_another(self.texts.get(name), decode_8bit(found))

    def _take_block(self, name: str, title: str, packed: bytes, whole: bytes) -> None:
        content, is_cut = self._inflated(title, packed, LARGEST_PACKET_BYTES)
        if is_cut:
            self.notes.append(f"{title} of more than 16 MiB left unread")
        else:
            self._keep_block(name, block_of(content), whole)

    def _keep_block(self, name: str, content: bytes, whole: bytes) -> None:
        self._block_bytes_left -= max(len(content), len(whole))
        if self._block_bytes_left < 0:
            self.notes.append("metadata beyond 32 MiB left unread")
            return
        self.kept.append(whole)
        if name:
            self.blocks.setdefault(name, content)

    def _inflated(self, title: str, packed: bytes, limit: int) -> tuple[bytes, bool]:
        """What ``packed`` holds, up to ``limit`` bytes, and whether there is more of it."""
        inflating = zlib.decompressobj()
        try:
            return inflating.decompress(packed, limit), bool(inflating.unconsumed_tail)
        except zlib.error as error:
            self.notes.append(f"{title} cannot be decompressed: {error}")
            return b"", False


def read_png(content: bytes) -> PngMetadata:
    """The metadata of a PNG; of a damaged one, those before the damage."""
    collector = _Collector()
    try:
        for kind, start, end in chunks(content):
            collector.take(kind, content[start:end], content[start - 8 : end + 4])
    except (SyntaxError, struct.error) as error:
        collector.notes.append(f"chunks behind the damage left unread: {error}")
    last = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
    notes = tuple(dict.fromkeys(collector.notes))
    return PngMetadata(collector.texts, collector.blocks, b"".join([*collector.kept, last]), notes)


def chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk's data. Raises SyntaxError, struct.error."""
    file = io.BytesIO(content)
    file.seek(len(SIGNATURE))
    with ChunkStream(file) as stream:
        for _ in range(MOST_CHUNKS):
            if file.tell() >= len(content):
                return
            kind, start, length = stream.read()
            yield kind, start, start + length
            if kind == b"IEND":
                return
            file.seek(start + length + 4)


def text_parts(kind: bytes, rest: bytes) -> tuple[bool, str, bytes]:
    """Of what follows a text's keyword: whether it is compressed, its language, the text."""
    if kind == b"tEXt":
        return False, "", rest
    if kind == b"zTXt":
        return True, "", rest[1:]
    language, _, rest_of_it = rest[2:].partition(b"\0")
    return rest[:1] == b"\1", language.decode("latin-1"), rest_of_it.partition(b"\0")[2]


def block_of(content: bytes) -> bytes:
    """The block that ImageMagick's texts spell in hexadecimal; others as they are."""
    if not content.startswith(b"\n"):
        return content
    try:
        return bytes.fromhex("".join(content.decode("latin-1").split("\n")[3:]))
    except ValueError:
        return content


def text_name(keyword: str, language: str) -> str:
    """The name exiftool gives a PNG text: "Creation Time" is PNG:CreationTime."""
    words = "".join(word[:1].upper() + word[1:] for word in keyword.split())
    name = re.sub(r"[^-\w]", "", words) or "Text"
    return f"PNG:{name}-{language}" if language else f"PNG:{name}"


def with_another(known: TagValue | None, text: str) -> TagValue:
    """A text, or the list of them when there are several of one name."""
    if known is None:
        return text
    several = known if isinstance(known, list) else [known]
    return [*several, text][:LONGEST_LIST]
