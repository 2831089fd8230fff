"""Hundreds of bad relatives of good pictures, always the same ones for a seed, and drawn bombs.

``python -m tests.torture.variants FOLDER TARGET --count 400 --seed 1`` writes them; their names say
what was done. Which outcome is right cannot be said of most (a flipped bit may hurt nothing), but
every one needs an outcome, a reason if it is refused, and harms nobody else.
"""

import argparse
import gzip
import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

EXTENSIONS = ("jpg", "png", "tif", "gif", "webp", "heic", "svg", "pdf", "txt", "bmp")
MOST_BYTES = 400_000
"""Larger pictures only make the variants slower."""


def truncated(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, max(2, len(content)))]


def bits_flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3, 20))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def header_mutated(content: bytes, chance: random.Random) -> bytes:
    """A few bytes of the first 200 replaced: sizes, offsets, counts."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 2, 6))):
        place = chance.randrange(min(200, len(changed)))
        changed[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(changed)


def with_a_hole(content: bytes, chance: random.Random) -> bytes:
    """A stretch of zeros, as a bad sector or an interrupted download leaves it."""
    start = chance.randrange(len(content))
    length = min(chance.choice((16, 512, 4096)), len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def with_a_tail(content: bytes, chance: random.Random) -> bytes:
    tails = (b"<script>alert(1)</script>", b"PK\x03\x04" + bytes(60), content[:3000], b"\0" * 5000)
    return content + chance.choice(tails)


def with_a_head(content: bytes, chance: random.Random) -> bytes:
    return chance.choice(
        (b"\n", b"\xef\xbb\xbf", b"GIF89a", b"%PDF-1.4\n", b"HTTP/1.1 200\r\n")
    ) + (content)


def shuffled(content: bytes, chance: random.Random) -> bytes:
    """Two stretches exchanged, as a confused copy program does."""
    first, second = sorted((chance.randrange(len(content)), chance.randrange(len(content))))
    length = min(512, second - first, len(content) - second)
    moved = bytearray(content)
    moved[first : first + length] = content[second : second + length]
    moved[second : second + length] = content[first : first + length]
    return bytes(moved)


MUTATIONS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "truncated": truncated,
    "flipped": bits_flipped,
    "header": header_mutated,
    "hole": with_a_hole,
    "tail": with_a_tail,
    "head": with_a_head,
    "shuffled": shuffled,
    "renamed": lambda content, _: content,
}


def variants(folder: Path, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(file name, bytes) of so many variants of the pictures in ``folder``."""
    chance = random.Random(seed)
    sources = sorted(path for path in folder.rglob("*") if path.is_file())
    sources = [path for path in sources if 0 < path.stat().st_size <= MOST_BYTES]
    for number in range(count):
        source = sources[chance.randrange(len(sources))]
        name = list(MUTATIONS)[number % len(MUTATIONS)]
        content = MUTATIONS[name](source.read_bytes(), chance)
        suffix = source.suffix
        if name == "renamed":
            suffix = "." + chance.choice(EXTENSIONS)
        yield f"{number:04}_{name}_{source.stem[:40]}{suffix}", content


def png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(width: int, height: int, *extra: bytes, rows: bytes | None = None) -> bytes:
    """A gray PNG with ``extra`` chunks before its pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(rows or bytes((width + 1) * height), 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + pixels + png_chunk(b"IEND", b"")


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def jpeg_with(marker: bytes, payload: bytes) -> bytes:
    """A small JPEG with one more segment (APP1, APP13, COM) after its start."""
    small = encoded(Image.new("RGB", (40, 30), "teal"), "JPEG")
    return small[:2] + marker + struct.pack(">H", len(payload) + 2) + payload + small[2:]


def ifd(entries: list[tuple[int, int, int, int]], following: int) -> bytes:
    """One little-endian TIFF directory: (tag, type, count, value), and where the next one is."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)


BASIC = [(256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
"""Tags of an 8 x 8 gray picture."""


def looping_tiff() -> bytes:
    """Directories that name each other forever."""
    pixels = [(273, 4, 1, 400), (278, 3, 1, 8), (279, 4, 1, 64)]
    first = ifd(BASIC + pixels, 8 + 102 + 2)
    return b"II*\0\x08\0\0\0" + first.ljust(104, b"\0") + ifd(BASIC + pixels, 8).ljust(288, b"\1")


def deep_tiff(pages: int) -> bytes:
    """One picture of 8 x 8 px, and ``pages`` directories after it."""
    size = 2 + 12 * (len(BASIC) + 3) + 4
    strip = 8 + size * pages
    entries = [*BASIC, (273, 4, 1, strip), (278, 3, 1, 8), (279, 4, 1, 64)]
    body = b"".join(ifd(entries, 8 + size * (page + 1)) for page in range(pages - 1))
    return b"II*\0\x08\0\0\0" + body + ifd(entries, 0) + bytes(range(64))


def sub_ifd_loop() -> bytes:
    """EXIF whose sub-directories name themselves."""
    entries = [(0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8), (330, 4, 1, 8)]
    return b"Exif\0\0II*\0\x08\0\0\0" + ifd(sorted(entries), 8)


def long_animation(frames: int) -> bytes:
    """A GIF of 1 x 1 px with so many frames."""
    frame = b"\x21\xf9\x04\0\1\0\0\0\x2c\0\0\0\0\1\0\1\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b"\x3b"


def nested_xml(depth: int) -> str:
    return "<g>" * depth + '<rect width="9" height="9"/>' + "</g>" * depth


def svg(body: str, doctype: str = "") -> bytes:
    root = f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60">{body}</svg>'
    return f'<?xml version="1.0"?>{doctype}{root}'.encode()


ENTITIES = "<!DOCTYPE svg [" + '<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
) + "]>"  # fmt: skip

XMP_START = b"http://ns.adobe.com/xap/1.0/\0"


def xmp(body: str, doctype: str = "") -> bytes:
    packet = (
        f'{doctype}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{body}</rdf:RDF></x:xmpmeta>'
    )
    return XMP_START + packet.encode()


def deep_rdf(depth: int) -> str:
    opened = '<rdf:Description rdf:about=""><dc:title>' * depth
    return opened + "deep" + "</dc:title></rdf:Description>" * depth


def iptc_storm() -> bytes:
    """Photoshop's resource block with 3000 keywords and a record that claims too many bytes."""
    records = b"".join(b"\x1c\x02\x19\0\x04key%d" % (n % 10) for n in range(3000))
    broken = b"\x1c\x02\x78\x80\x04\x7f\xff\xff\xff"
    block = records + broken
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block


def bombs() -> Iterator[tuple[str, bytes]]:
    """(file name, bytes) of drawn attacks, each small and meant to cost much."""
    huge = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    yield "png_60000.png", png(9, 9).replace(png(9, 9)[8:33], png_chunk(b"IHDR", huge))
    yield "png_zero_sides.png", png(0, 0, rows=b"\0")
    text = b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9)
    yield "png_text_bomb.png", png(9, 9, png_chunk(b"zTXt", text))
    profile = b"profile\0\0" + zlib.compress(bytes(80_000_000), 9)
    yield "png_profile_bomb.png", png(9, 9, png_chunk(b"iCCP", profile))
    many = [png_chunk(b"tEXt", b"k%d\0v" % n) for n in range(20_000)]
    yield "png_20000_texts.png", png(9, 9, *many)
    yield "png_exif_loop.png", png(9, 9, png_chunk(b"eXIf", sub_ifd_loop()[6:]))
    yield "apng_claims_many.png", png(9, 9, png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))
    yield "tiff_loop.tif", looping_tiff()
    yield "tiff_1000_pages.tif", deep_tiff(1000)
    yield "tiff_30000_pages.tif", deep_tiff(30_000)
    yield "gif_100000_frames.gif", long_animation(100_000)
    yield "gif_5000_frames.gif", long_animation(5000)
    yield "jpeg_exif_loop.jpg", jpeg_with(b"\xff\xe1", sub_ifd_loop())
    yield "jpeg_exif_wild_offsets.jpg", jpeg_with(b"\xff\xe1", wild_exif())
    yield "jpeg_iptc_storm.jpg", jpeg_with(b"\xff\xed", iptc_storm())
    yield (
        "jpeg_xmp_entities.jpg",
        jpeg_with(b"\xff\xe1", xmp("<dc:title>&a9;</dc:title>", ENTITIES)),
    )
    yield "jpeg_xmp_deep.jpg", jpeg_with(b"\xff\xe1", xmp(deep_rdf(700)))
    yield "jpeg_xmp_not_utf8.jpg", jpeg_with(b"\xff\xe1", XMP_START + b"<x:xmpmeta>\xff\xfe\x80")
    comment = "\x1b[31m\u202egnp.exe\u2066 =HYPERLINK('x')".encode()
    yield "jpeg_hostile_comment.jpg", jpeg_with(b"\xff\xfe", comment)
    yield "svg_entities.svg", svg("<text>&a11;</text>", ENTITIES)
    yield "svg_deep.svg", svg(nested_xml(100_000))
    yield "svg_external.svg", svg('<image href="file:///etc/passwd" width="9" height="9"/>')
    yield "svg_use_storm.svg", svg(use_storm())
    yield "svg_huge.svg", svg("").replace(b'width="90"', b'width="9000000"')
    yield "svg_no_size.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9"/></svg>'
    yield "svgz_bomb.svgz", gzip.compress(svg(" " * 200_000_000))
    yield "webp_claims.webp", webp_claim()
    yield "pdf_page_loop.pdf", pdf_loop()
    yield "pdf_stream_bomb.pdf", pdf_stream_bomb()
    yield "bmp_negative.bmp", bmp(-(2**31), 1)
    yield "bmp_huge.bmp", bmp(2**31 - 1, 2**31 - 1)
    yield "empty.jpg", b""
    yield "zeros.png", bytes(100_000)
    yield "one_byte.tif", b"I"
    yield "noise.jpg", np.random.default_rng(5).bytes(50_000)
    yield "html.jpg", b"<!DOCTYPE html><html><script>alert(1)</script></html>"
    yield "zip.png", b"PK\x03\x04" + bytes(200)
    yield "elf.gif", b"\x7fELF" + bytes(500)


def wild_exif() -> bytes:
    """Entries that point outside, with counts that overflow."""
    wild = [
        (0x010F, 2, 2**31, 2**31),
        (0x0110, 2, 0, 8),
        (0x0112, 3, 70_000, 4),
        (0x8769, 4, 1, 2**31),
    ]
    return b"Exif\0\0II*\0\x08\0\0\0" + ifd(wild, 2**32 - 1)


def use_storm() -> str:
    """A drawing that doubles with each of 30 references."""
    first = '<g id="u0"><rect width="1" height="1"/></g>'
    later = "".join(
        f'<g id="u{n}"><use href="#u{n - 1}"/><use href="#u{n - 1}"/></g>' for n in range(1, 30)
    )
    return f'<defs>{first}{later}</defs><use href="#u29"/>'


def webp_claim() -> bytes:
    """A lossless WebP that declares 16384 x 16384 px and ends there."""
    header = b"\x2f" + struct.pack("<I", 0x3FFF | 0x3FFF << 14)
    chunk = b"VP8L" + struct.pack("<I", len(header)) + header + b"\0"
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def pdf_loop() -> bytes:
    """A page tree that is its own child."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1000000>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )


def pdf_stream_bomb() -> bytes:
    """One page whose content of 100 MB is nothing but spaces, packed."""
    packed = zlib.compress(b" " * 100_000_000, 9)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length " + str(len(packed)).encode() + b">>stream\n" + packed,
    )
    numbered = (b"%d 0 obj" % n + body + b"\nendobj\n" for n, body in enumerate(objects, 1))
    return b"%PDF-1.4\n" + b"".join(numbered) + b"trailer<</Root 1 0 R>>\n%%EOF"


def bmp(width: int, height: int) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info + bytes(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chosen.target.mkdir(parents=True)
    for name, content in (*variants(chosen.folder, chosen.count, chosen.seed), *bombs()):
        (chosen.target / name).write_bytes(content)


if __name__ == "__main__":
    main()
