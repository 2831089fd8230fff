"""Every parser of strangers' bytes that we wrote, with inputs to mutate, for fuzzing.

A parser may return, or raise one of the errors that it promises; anything else is a fault of ours.
``tests/test_parsers_fuzzed.py`` tries a few hundred mutations of each on every run of the tests,
``python -m tests.torture.fuzz`` as many as you like.
"""

import io
import json
import os
import random
import tempfile
import tomllib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, TiffImagePlugin
from pydantic import ValidationError

from media_assets.images.embedded_metadata import canonical_json, columns
from resources.configuration.settings import Limits, Settings
from resources.decoding.avif_colors import avif_code_points
from resources.decoding.bmp_profile import bmp_profile
from resources.decoding.color_statements import (
    cicp_of_profile,
    colors_of_profile,
    profile_name,
)
from resources.decoding.file_kinds import describe
from resources.decoding.image_formats import PILLOW_NAMES, sniff
from resources.decoding.jpeg_xl_header import read_jpeg_xl_header
from resources.decoding.mended_files import has_every_row, mended
from resources.decoding.png_chunks import png_colors
from resources.decoding.tiff_tags import read_tiff_tags
from resources.embedding.tag_labels import UnusableLabels, read_labels
from resources.landing.batches import read_list
from resources.landing.scan import Signature
from resources.language.picture_answers import (
    CaptionAnswer,
    DescriptionAnswer,
    UnusableAnswer,
    checked_answer,
)
from resources.metadata.embedded_metadata_reader import read_embedded_metadata
from resources.metadata.exif_tags import container_of, read_exif
from resources.metadata.exiftool_answers import reading_of
from resources.metadata.generation_prompts import generation_prompt
from resources.metadata.iptc_tags import image_resources, read_iptc
from resources.metadata.moments import free_moment_of, moment_of
from resources.metadata.png_chunks import read_png
from resources.metadata.svg_texts import read_svg
from resources.metadata.takeout import read_takeout
from resources.metadata.xmp_tags import read_xmp
from resources.outcomes import RejectedImage
from resources.stores.beneath import NamedFolders
from resources.stores.content_store import StoredFile
from tests.torture.variants import (
    MUTATIONS,
    deep_rdf,
    iptc_storm,
    png,
    png_chunk,
    sub_ifd_loop,
    wild_exif,
    xmp,
)

CORPUS = Path(__file__).parents[1] / "corpus"
NO_FILE = StoredFile("derivatives/x", "0" * 64, 0, "application/json")
MOST_BYTES = 100_000


@dataclass(frozen=True)
class Parser:
    """``parse`` may raise only ``promised`` errors; ``seeds`` are what to begin from."""

    parse: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    promised: tuple[type[Exception], ...] = ()


def corpus(*suffixes: str) -> tuple[bytes, ...]:
    """The small files of the corpus with these endings."""
    files = sorted(path for path in CORPUS.iterdir() if path.suffix in suffixes)
    return tuple(path.read_bytes() for path in files if path.stat().st_size <= MOST_BYTES)


def with_all_metadata(content: bytes) -> None:
    """Every format's metadata, from the bytes to the columns and the JSON document."""
    found = sniff(content)
    if found is None or (found not in PILLOW_NAMES and found != "heic"):
        describe(content)
        return
    reading = read_embedded_metadata(content, found, "pillow")
    columns(reading.tags, NO_FILE, is_tiff=found == "tiff")
    canonical_json(reading, "pillow", "0")


def framed(content: bytes) -> None:
    """A damaged file in the form that decoders want, whatever format it is taken for."""
    limits = Limits(max_pixels=1_000_000)
    for format_name in ("jpeg", "png", "gif", "webp", "heic", "jp2", "bmp", "tiff"):
        mended(content, format_name, limits)
    has_every_row(content)


def in_a_file(parse: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A parser of bytes from one that reads a file."""

    def parse_bytes(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            path.write_bytes(content)
            return parse(path)

    return parse_bytes


def list_of(path: Path) -> object:
    """The paths that a list names."""
    place = NamedFolders().reach(os.fsencode(path))
    return read_list(place, os.fsencode(path.parent), Signature.of(path.stat()))


def settings_of(path: Path) -> object:
    """The settings in a home whose settings.toml is this file."""
    path.rename(path.with_name("settings.toml"))
    before = os.environ.get("MEDIA_HOME")
    os.environ["MEDIA_HOME"] = str(path.parent)
    try:
        return Settings().roots
    finally:
        del os.environ["MEDIA_HOME"]
        if before is not None:
            os.environ["MEDIA_HOME"] = before


def exif_block() -> bytes:
    exif = Image.Exif()
    exif.update({0x010F: "Maker", 0x0112: 6, 0x8298: "photographer\0editor"})
    exif.get_ifd(0x8769).update(
        {0x829A: 0.004, 0x9003: "2024:05:06 07:08:09", 0x9286: b"ASCII\0\0\0x"}
    )
    degrees = tuple(TiffImagePlugin.IFDRational(number) for number in (33, 51, 24))
    exif.get_ifd(0x8825).update({1: "S", 2: degrees, 3: "E", 4: degrees, 7: degrees})
    return exif.tobytes()


def iptc_block() -> bytes:
    fields = {5: b"Title", 25: b"sea", 55: b"20240806", 60: b"133553+0200", 80: b"Author"}
    return b"".join(b"\x1c\x02%c" % n + len(v).to_bytes(2, "big") + v for n, v in fields.items())


def exiftool_answer() -> bytes:
    tags = {
        "SourceFile": "-",
        "IFD0:Make": "Maker",
        "XMP-dc:Subject": ["a", 1],
        "GPS:GPSAltitude": 1.5,
    }
    return json.dumps([{**tags, "ExifTool:Warning": "Bad", "IFD1:Thumb": "base64:AAAA"}]).encode()


def deep_answer(depth: int) -> bytes:
    """What exiftool says of XMP structures within structures."""
    return b'[{"XMP-m:A": ' + b'{"a": ' * depth + b"1" + b"}" * depth + b"}]"


DESCRIPTION = {
    name: [] if "list" in str(field.annotation) else "text"
    for name, field in DescriptionAnswer.model_fields.items()
}
TOML = b"""
settle_seconds = 2
batch_size = 50
[limits]
max_pixels = 1000
[[landing_roots]]
name = "inbox"
path = "/srv/inbox"
mode = "move"
"""
LIST = b"\xef\xbb\xbfa.jpg\r\n# remark\n../b.jpg\ncaf\xe9.tif\n/etc/passwd\n"
DEEP_JSON = b"[" * 100_000
TAKEOUT = json.dumps(
    {
        "description": "Tea",
        "photoTakenTime": {"timestamp": "1258375918"},
        "geoData": {"latitude": 30.6, "longitude": 104.1},
        "people": [{"name": "Anna"}],
    }
).encode()
GRAPH = json.dumps(
    {"1": {"inputs": {"positive": ["2", 0]}}, "2": {"inputs": {"text": "a mill"}}}
).encode()
SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg'><title>T</title><metadata>"
    + xmp("<rdf:Description><dc:title>T</dc:title></rdf:Description>")[29:]
    + b"</metadata></svg>"
)
PNG_TEXTS = png(
    9,
    9,
    png_chunk(b"tEXt", b"Title\0T")
    + png_chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"words"))
    + png_chunk(b"iTXt", b"Author\0\0\0de\0\0A"),
)
PACKET = xmp("<rdf:Description><dc:title>T</dc:title></rdf:Description>")[29:]
DEEP_XMP = (xmp(deep_rdf(700))[29:], xmp(deep_rdf(7000))[29:], b"<a>" * 50_000)
PICTURES = corpus(".jpg", ".png", ".tif", ".tiff", ".webp", ".avif", ".psd", ".gif", ".bmp")

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

PARSERS = {
    "exif": Parser(read_exif, (exif_block(), sub_ifd_loop(), wild_exif())),
    "tiff_containers": Parser(lambda b: container_of(b, 700), corpus(".tif", ".tiff")),
    "iptc": Parser(lambda b: read_iptc(b, b[:16]), (iptc_block(), iptc_storm()[28:5000])),
    "image_resources": Parser(image_resources, (iptc_storm()[14:3000],)),
    "xmp": Parser(read_xmp, (PACKET, PACKET.decode().encode("utf-16"), *DEEP_XMP)),
    "jpeg_xl_header": Parser(
        read_jpeg_xl_header,
        (b"\xff\x0a\xfa\x1f\x21\x90\x08\x06" + bytes(range(60)), *corpus(".jxl")),
        (RejectedImage,),
    ),
    "format": Parser(lambda b: (sniff(b), describe(b)), PICTURES[:40]),
    "frames": Parser(framed, (*PICTURES[::9], PROFILE)),
    "png_colors": Parser(lambda b: png_colors(b, None), corpus(".png")),
    "tiff_tags": Parser(read_tiff_tags, corpus(".tif", ".tiff")),
    "avif_colors": Parser(avif_code_points, corpus(".avif")),
    "bmp_profile": Parser(bmp_profile, corpus(".bmp")),
    "profile": Parser(
        lambda b: (cicp_of_profile(b), colors_of_profile(b), profile_name(b)),
        (PROFILE, PROFILE + bytes(200)),
    ),
    "embedded_metadata": Parser(with_all_metadata, PICTURES),
    "png": Parser(read_png, (PNG_TEXTS, *corpus(".png"))),
    "svg": Parser(read_svg, (SVG, b"<svg><g>" * 20_000)),
    "takeout": Parser(read_takeout, (TAKEOUT, DEEP_JSON)),
    "prompt": Parser(
        lambda b: generation_prompt({"PNG:Prompt": b.decode("utf-8", "replace")}),
        (GRAPH, b'"words" -s 50', b"words\nSteps: 20, Sampler: a", DEEP_JSON),
    ),
    "date": Parser(
        lambda b: [read(b.decode("latin-1")) for read in (moment_of, free_moment_of)],
        (b"2024:05:06 07:08:09.25+05:30", b"Sat, 06 May 2023 07:08:09 PM +0200"),
    ),
    "exiftool_answer": Parser(
        reading_of, (exiftool_answer(), DEEP_JSON, deep_answer(700)), (RejectedImage,)
    ),
    "list_file": Parser(in_a_file(list_of), (LIST,)),
    "settings": Parser(in_a_file(settings_of), (TOML,), (ValidationError, ValueError)),
    "labels": Parser(in_a_file(read_labels), (b"# x\ncat\ndog|a dog\n",), (UnusableLabels,)),
    "caption": Parser(
        lambda b: checked_answer(CaptionAnswer, b.decode("utf-8", "surrogateescape")),
        (b'{"caption": "A dog."}', DEEP_JSON),
        (UnusableAnswer,),
    ),
    "description": Parser(
        lambda b: checked_answer(DescriptionAnswer, b.decode("utf-8", "replace")),
        (json.dumps(DESCRIPTION).encode(), b'{"title": ' * 5000),
        (UnusableAnswer,),
    ),
}
"""Every parser by name."""

assert issubclass(tomllib.TOMLDecodeError, ValueError)


def mutations(parser: Parser, count: int, seed: int) -> Iterator[bytes]:
    """The seeds themselves, then ``count`` mutations of them, the same for the same seed."""
    chance = random.Random(seed)
    yield b""
    yield from parser.seeds
    kinds = [kind for name, kind in MUTATIONS.items() if name != "renamed"]
    for _ in range(count):
        content = chance.choice(parser.seeds)
        for _ in range(chance.choice((1, 1, 2, 4))):
            content = chance.choice(kinds)(content or b"\0", chance)
        yield content


def crash_of(parser: Parser, content: bytes) -> Exception | None:
    """The error that the parser should not have raised, if any."""
    try:
        parser.parse(content)
    except parser.promised:
        return None
    except Exception as error:  # noqa: BLE001 - any other is a finding
        return error
    return None


def told(content: bytes) -> str:
    """Bytes as a person can paste them into a test."""
    shown = io.StringIO()
    shown.write(repr(content[:600]))
    return shown.getvalue() + (f" ... ({len(content)} bytes)" if len(content) > 600 else "")
