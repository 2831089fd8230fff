import dataclasses
import hashlib
import io
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from media_assets.images import embedded_metadata
from media_assets.images.embedded_metadata import EmbeddedMetadata, columns, make_embedded_metadata
from media_assets.images.source_record import SourceRecord, make_source_record
from resources.configuration.settings import Limits
from resources.decoding.decoder_process import attempted
from resources.decoding.decoding_context import collected_notes
from resources.decoding.image_formats import sniff
from resources.decoding.pixels import decode_upright
from resources.metadata.embedded_metadata_reader import read_embedded_metadata
from resources.metadata.tags import Tags
from resources.outcomes import Outcome, RejectedImage
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile
from tests.support.metadata_pictures import INFINITE, UNDEFINED, gps_block, plain, tagged

PICTURES = Path(__file__).parent / "pictures"
ENGINES = ["exiftool", "pillow"]
STORED = StoredFile("derivatives/x.json", "x", 1, "application/json")
local = datetime.fromisoformat

EVERYTHING = (
    "-n",
    "-EXIF:Make=Maker",
    "-EXIF:Model=Model 1",
    "-EXIF:LensModel=50mm f/1.4",
    "-EXIF:Orientation=6",
    "-EXIF:ExposureTime=0.004",
    "-EXIF:FNumber=2.8",
    "-EXIF:ISO=400",
    "-EXIF:FocalLength=50",
    "-EXIF:Flash=1",
    "-EXIF:DateTimeOriginal=2024:05:06 07:08:09",
    "-EXIF:SubSecTimeOriginal=017",
    "-EXIF:OffsetTimeOriginal=+05:30",
    "-EXIF:ModifyDate=2024:06:07 08:09:10",
    "-EXIF:ColorSpace=1",
    "-EXIF:Artist=Ann; Ben",
    "-EXIF:Copyright=© Ann",
    "-EXIF:Software=Darkroom 1.0",
    "-GPSLatitude=33.8568",
    "-GPSLatitudeRef=S",
    "-GPSLongitude=151.2153",
    "-GPSLongitudeRef=E",
    "-GPSAltitude=12.5",
    "-GPSAltitudeRef=1",
    "-GPSDateStamp=2024:05:05",
    "-GPSTimeStamp=21:08:09.25",
    "-XMP-dc:Title=The port",
    "-XMP-dc:Description=A harbour\nat dawn",
    "-XMP-dc:Subject=sea",
    "-XMP-dc:Subject=東京",
    "-XMP-xmp:Rating=4",
    "-XMP-photoshop:Credit=Agency",
    "-XMP-photoshop:Headline=At the port",
    "-XMP-iptcCore:AltTextAccessibility=Boats at a pier",
    "-XMP-dc:Contributor=Cy",
    "-XMP-dc:Coverage=Harbours",
    "-XMP-iptcExt:Event=Regatta",
    "-XMP-iptcExt:PersonInImage=Anna Example",
    "-XMP-iptcCore:Location=Pier 3",
    "-IPTC:City=Sydney",
    "-IPTC:Province-State=New South Wales",
    "-IPTC:Country-PrimaryLocationName=Australia",
)
EXPECTED = {
    "taken_at": local("2024-05-06T07:08:09.017"),
    "taken_at_offset_minutes": 330,
    "taken_at_precision": "fraction",
    "taken_at_tag": "ExifIFD:DateTimeOriginal",
    "modified_at": local("2024-06-07T08:09:10"),
    "camera_make": "Maker",
    "camera_model": "Model 1",
    "lens_model": "50mm f/1.4",
    "orientation": 6,
    "exposure_seconds": pytest.approx(0.004),
    "f_number": pytest.approx(2.8),
    "iso": 400,
    "focal_length_mm": 50,
    "flash_fired": True,
    "latitude": pytest.approx(-33.8568),
    "longitude": pytest.approx(151.2153),
    "altitude_m": pytest.approx(-12.5),
    "gps_at": local("2024-05-05T21:08:09.25"),
    "title": "The port",
    "description": "A harbour\nat dawn",
    "keywords": ["sea", "東京"],
    "creators": ["Ann", "Ben"],
    "copyright": "© Ann",
    "credit": "Agency",
    "rating": 4,
    "software": "Darkroom 1.0",
    "location": "Pier 3",
    "city": "Sydney",
    "state": "New South Wales",
    "country": "Australia",
    "icc_profile_name": None,
    "colour_space": "sRGB",
    "has_exif": True,
    "has_iptc": True,
    "has_xmp": True,
    "has_icc": False,
    "alternative_title": "At the port",
    "caption": "Boats at a pier",
    "contributors": ["Cy"],
    "events": ["Regatta"],
    "spatial_coverage": ["Harbours"],
    "people": ["Anna Example"],
    "generation_prompt": None,
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    monkeypatch.setattr(embedded_metadata, "chosen_engine", lambda: (name, "1.0"))
    return name


def source_image(folder: Path, content: bytes) -> Source:
    path = folder / "-original[page=2]\n.jpg"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return Source(sha256, sha256, "original.jpg", os.fsencode(path), folder)


def metadata_of(folder: Path, content: bytes) -> tuple[dict[str, Any], list[str]]:
    """The columns of one picture, the file apart, and the notes made on the way."""
    image = source_image(folder, content)
    record = make_source_record(image)
    with collected_notes() as notes:
        payload = make_embedded_metadata(image, record)
    row = dataclasses.asdict(payload)
    assert isinstance(row.pop("metadata_json")["sha256"], str)
    return row, notes


@pytest.mark.usefixtures("engine")
def test_every_column_is_filled_from_a_picture_that_tells_everything(tmp_path: Path) -> None:
    content = tagged(tagged(plain(), "-XMP-dc:Title=The port"), *EVERYTHING)
    assert metadata_of(tmp_path, content) == (EXPECTED, [])


def test_both_engines_know_the_same_columns() -> None:
    assert {*EXPECTED, "metadata_json"} == {
        field.name for field in dataclasses.fields(EmbeddedMetadata)
    }


FILES = [
    *sorted(PICTURES.glob("*.jpg")),
    *sorted(Path(__file__).parents[2].joinpath("corpus").glob("*__*")),
]
CORPUS = [path for path in FILES if sniff(path.read_bytes())]
ONLY_EXIFTOOL = ("pdf", "jxl")
"""Formats whose metadata Pillow does not read."""
ROUNDED = {"latitude", "longitude", "altitude_m", "exposure_seconds", "f_number", "focal_length_mm"}
"""exiftool prints ten to fifteen digits."""


def told_by(reader: str, content: bytes, kind: str) -> dict[str, Any]:
    with collected_notes():
        tags = read_embedded_metadata(content, kind, reader).tags
        told = dataclasses.asdict(columns(tags, STORED, is_tiff=kind == "tiff"))
    return {
        name: pytest.approx(value) if name in ROUNDED and value is not None else value
        for name, value in told.items()
    }


def test_both_readers_tell_the_same_of_every_picture() -> None:
    """Which of them is installed must not decide what a picture is said to show."""
    different, compared = {}, 0
    for path in CORPUS:
        content = path.read_bytes()
        kind = sniff(content)
        if kind is None or kind in ONLY_EXIFTOOL or path.name.startswith(("corrupt", "bombs")):
            continue
        compared += 1
        by_exiftool, by_pillow = (told_by(reader, content, kind) for reader in ENGINES)
        if by_exiftool != by_pillow:
            different[path.name] = {
                name: (value, by_pillow[name])
                for name, value in by_exiftool.items()
                if value != by_pillow[name]
            }
    assert different == {}
    assert compared > 70


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_no_metadata_make_a_picture_anything_but_ok(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    kind = sniff(content)
    assert kind
    record = SourceRecord(**{**dict.fromkeys(SourceRecord.__dataclass_fields__), "format": kind})
    made = attempted(
        make_embedded_metadata, source_image(tmp_path, content), {"source_record": record}
    )
    assert (made.outcome, made.reason) == (Outcome.OK, None)


def dated(taken: str, *, digitized: str = "", changed: str = "", offset: str = "") -> bytes:
    """A picture whose EXIF holds these texts as they are."""
    block = Image.Exif()
    texts = {0x9003: taken, 0x9004: digitized, 0x9010: offset}
    block.get_ifd(0x8769).update({tag: text for tag, text in texts.items() if text})
    if changed:
        block[0x0132] = changed
    return plain(exif=block)


SCANNED = "2015:06:07 08:09:10"
ORIGINAL, DIGITIZED = "ExifIFD:DateTimeOriginal", "ExifIFD:CreateDate"


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("content", "taken_at", "precision", "tag", "offset_minutes"),
    [
        (dated("1965:00:00 00:00:00", digitized=SCANNED), "1965-01-01", "year", ORIGINAL, None),
        (dated("1993:08:00 00:00:00"), "1993-08-01", "month", ORIGINAL, None),
        (dated("1993:08:   :  :  "), "1993-08-01", "month", ORIGINAL, None),
        (dated("2016:12:31 24:03:10"), "2016-12-31T00:03:10", "second", ORIGINAL, None),
        (dated("2016:12:31 12:03:60"), "2016-12-31T12:03", "minute", ORIGINAL, None),
        (
            dated("    :  :     :  :  ", digitized=SCANNED),
            "2015-06-07T08:09:10",
            "second",
            DIGITIZED,
            None,
        ),
        (
            dated("2024:07:06 02:13:05", changed="2024:07:06 02:13:05", offset="+02:00"),
            "2024-07-06T02:13:05",
            "second",
            ORIGINAL,
            120,
        ),
    ],
    ids=["year", "month", "month with blanks", "hour 24", "second 60", "unknown", "offset"],
)
def test_dates_keep_what_is_known_of_them(
    content: bytes, taken_at: str, precision: str, tag: str, offset_minutes: int, tmp_path: Path
) -> None:
    row, _ = metadata_of(tmp_path, content)
    assert row["taken_at"] == local(taken_at)
    found = (row["taken_at_precision"], row["taken_at_tag"], row["taken_at_offset_minutes"])
    assert found == (precision, tag, offset_minutes)


@pytest.mark.usefixtures("engine")
def test_a_caption_is_read_below_what_the_camera_wrote(tmp_path: Path) -> None:
    boilerplate = "-EXIF:ImageDescription=OLYMPUS DIGITAL CAMERA         "
    content = tagged(plain(), boilerplate, "-IPTC:Caption-Abstract=Grandmother at the harbour")
    assert metadata_of(tmp_path, content)[0]["description"] == "Grandmother at the harbour"
    assert metadata_of(tmp_path, tagged(plain(), boilerplate))[0]["description"] is None


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("is_declared", [True, False], ids=["declared UTF-8", "undeclared"])
def test_texts_cut_inside_a_letter_keep_the_others(is_declared: bool, tmp_path: Path) -> None:
    """Many programs cut UTF-8 at IPTC's and their own limits of bytes."""
    cut = "Ярмарок на площі".encode()[:-1]
    block = Image.Exif()
    block[0x010E] = cut
    charset = ["-IPTC:CodedCharacterSet=UTF8"] if is_declared else []
    content = tagged(plain(exif=block), "-IPTC:ObjectName=" + "x" * len(cut), *charset)
    content = content.replace(b"x" * len(cut), cut)
    row, _ = metadata_of(tmp_path, content)
    whole = cut.decode("utf-8", "ignore")
    assert (row["description"], row["title"]) == (whole, whole)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF", "BMP"])
def test_a_picture_without_metadata_has_nulls_and_no_notes(
    format: str,
    tmp_path: Path,
) -> None:
    row, notes = metadata_of(tmp_path, plain(format))
    told = {name: value for name, value in row.items() if value not in (None, [], False)}
    assert (told, notes) == ({}, [])


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "broken_exif_dpi.jpg",
            {
                "camera_make": "NIKON CORPORATION",
                "camera_model": "NIKON D800",
                "taken_at": local("2013-09-11T16:45:13.000"),
                "orientation": 1,
                "exposure_seconds": 0.004,
                "f_number": 8,
                "iso": 400,
                "focal_length_mm": 14,
                "creators": ["Ross_Pushinaitis"],
                "copyright": "Ross_Pushinaitis",
            },
        ),
        (
            "exif_gps_typeerror.jpg",
            {
                "taken_at": local("2010-07-11T13:53:00"),
                "taken_at_offset_minutes": 120,
                "latitude": None,
            },
        ),
        (
            "date-priority-test.jpg",
            {"taken_at": local("2023-02-02T02:00:00"), "camera_make": None},
        ),
        (
            "gps-datetime.jpg",
            {"latitude": 37.7749, "longitude": -122.4194, "taken_at": None},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pictures_of_other_projects_tell_what_exiftool_says(
    file: str, expected: dict[str, object], tmp_path: Path
) -> None:
    """The values are exiftool 12.57's, taken down when the pictures were chosen."""
    row, _ = metadata_of(tmp_path, (PICTURES / file).read_bytes())
    found = {name: row[name] for name in expected}
    for name in ("taken_at", "exposure_seconds", "latitude", "longitude"):
        if isinstance(expected.get(name), float):
            expected[name] = pytest.approx(expected[name])
    if found.get("taken_at"):
        found["taken_at"] = found["taken_at"].replace(microsecond=0)
    assert found == expected


@pytest.mark.usefixtures("engine")
def test_a_broken_directory_is_remarked_on_and_keeps_the_rest(tmp_path: Path) -> None:
    row, notes = metadata_of(tmp_path, (PICTURES / "exif_gps_typeerror.jpg").read_bytes())
    assert row["software"] == "Adobe Photoshop Elements 5.0"
    assert len(notes) == 1
    assert "GPS" in notes[0]


@pytest.mark.usefixtures("engine")
def test_values_that_cannot_be_are_null_and_noted(tmp_path: Path) -> None:
    block = gps_block((UNDEFINED, UNDEFINED, UNDEFINED), "N", (7.0, UNDEFINED, UNDEFINED), "E")
    block[0x0112] = 17
    block.get_ifd(0x8769).update({0x829A: UNDEFINED, 0x829D: INFINITE, 0x920A: 0, 0x9003: "soon"})
    row, notes = metadata_of(tmp_path, plain(exif=block))
    unusable = ("latitude", "longitude", "orientation", "exposure_seconds", "f_number", "taken_at")
    assert [row[name] for name in unusable] == [None] * len(unusable)
    assert row["focal_length_mm"] is None
    reported = ("Orientation", "ExposureTime", "FNumber", "GPSLatitude", "DateTimeOriginal")
    assert all(any(name in note for note in notes) for name in reported)
    assert not any("FocalLength" in note for note in notes)


@pytest.mark.usefixtures("engine")
def test_texts_are_free_of_control_characters_and_have_bounds(tmp_path: Path) -> None:
    content = tagged(plain(), "-IFD0:Make=\x1b[31mMaker\x07", f"-IFD0:Artist={'x' * 5000}")
    row, _ = metadata_of(tmp_path, content)
    assert row["camera_make"] == "[31mMaker"
    assert row["creators"] == ["x" * embedded_metadata.LONGEST_NAME]


def test_everything_found_is_kept_as_json(engine: str, tmp_path: Path) -> None:
    image = source_image(tmp_path, tagged(plain(), "-XMP-dc:Title=東京", "-XMP-dc:Coverage=1850"))
    payload = make_embedded_metadata(image, make_source_record(image))
    content = (tmp_path / payload.metadata_json.path).read_bytes()
    kept = json.loads(content)
    assert kept["reader"] == f"{engine} 1.0"
    assert kept["tags"]["XMP-dc:Title"] == "東京"
    assert str(kept["tags"]["XMP-dc:Coverage"]) == "1850"
    assert "東京".encode() in content
    assert payload.metadata_json.media_type == "application/json"
    assert make_embedded_metadata(image, make_source_record(image)) == payload


@pytest.mark.usefixtures("engine")
def test_metadata_of_a_picture_with_damaged_pixels_are_read(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.effect_noise((600, 400), 50).save(file, "JPEG")
    whole = tagged(file.getvalue(), "-IFD0:Make=Maker")
    damaged = whole[: len(whole) // 2]
    with pytest.raises(RejectedImage):
        decode_upright(damaged, Limits())
    row, _ = metadata_of(tmp_path, damaged)
    assert row["camera_make"] == "Maker"


names = st.sampled_from(
    [
        "IFD0:Make",
        "IFD0:Orientation",
        "ExifIFD:ISO",
        "ExifIFD:FNumber",
        "ExifIFD:Flash",
        "ExifIFD:DateTimeOriginal",
        "ExifIFD:SubSecTimeOriginal",
        "ExifIFD:OffsetTimeOriginal",
        "GPS:GPSAltitude",
        "GPS:GPSDateStamp",
        "GPS:GPSTimeStamp",
        "IPTC:Keywords",
        "IPTC:DateCreated",
        "XMP-dc:Title",
        "XMP-xmp:Rating",
        "XMP-exif:Flash",
        "File:CurrentIPTCDigest",
    ]
)
scalars = st.one_of(st.text(), st.integers(), st.floats(), st.booleans())
values = scalars | st.lists(scalars) | st.dictionaries(st.text(), scalars)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(names, values))
def test_whatever_a_reader_finds_makes_a_row_within_its_ranges(tags: Tags) -> None:
    payload = columns(tags, STORED, is_tiff=False)
    assert payload.orientation in (None, *range(1, 9))
    assert payload.rating in (None, *range(-1, 6))
    assert payload.iso is None or payload.iso > 0
    assert all(isinstance(keyword, str) and keyword for keyword in payload.keywords)
