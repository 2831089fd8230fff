"""Who counts when several say something of a picture, field by field."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from media_assets.curation.human_record import Edit, HumanRecord, edited
from media_assets.images.caption import Caption
from media_assets.images.catalogue_record import (
    CatalogueRecord,
    FieldSource,
    make_catalogue_record,
)
from media_assets.images.description import Description
from media_assets.images.embedded_metadata import EmbeddedMetadata, columns
from media_assets.images.sidecar_metadata import SidecarMetadata
from media_assets.images.zero_shot_tags import Tag, ZeroShotTags
from resources.metadata.catalogue_fields import FIELDS
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

IMAGE = Source("a", "0" * 64, "a.jpg", b"/a.jpg", Path("/none"))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
FILE = StoredFile("derivatives/x", "0" * 64, 0, "application/json")
EMBEDDED = columns({"XMP-dc:Title": "embedded", "XMP-photoshop:City": "Bled"}, FILE, is_tiff=False)
DESCRIBED = Description(
    **{
        **{name: [] for name in Description.__dataclass_fields__},
        **dict.fromkeys(("alternative_title", "abstract", "creation_date", "hint"), None),
        **dict.fromkeys(("creation_location", "finish_reason", "answered_by"), None),
        "title": "model",
        "description": "by model",
        "tags": ["from the model"],
        "attempts": 1,
    }
)


def human(**fields: list[str] | None) -> HumanRecord:
    return edited(None, Edit(fields, "ada"), NOW)


def record(
    *,
    people: HumanRecord | None = None,
    sidecar: SidecarMetadata | None = None,
    embedded: EmbeddedMetadata | None = None,
    caption: Caption | None = None,
    description: Description | None = None,
    tags: ZeroShotTags | None = None,
) -> CatalogueRecord:
    return make_catalogue_record(IMAGE, people, sidecar, embedded, caption, description, tags)


ALL = {
    "people": human(title=["human"]),
    "sidecar": SidecarMetadata(title="sidecar"),
    "embedded": EMBEDDED,
    "description": DESCRIBED,
}


@pytest.mark.parametrize(
    ("left_out", "title", "source"),
    [
        ((), "human", "human"),
        (("people",), "sidecar", "sidecar"),
        (("people", "sidecar"), "embedded", "embedded"),
        (("people", "sidecar", "embedded"), "model", "model"),
        (tuple(ALL), None, None),
    ],
)
def test_people_count_above_sidecars_files_and_models(
    left_out: tuple[str, ...], title: str | None, source: str | None
) -> None:
    merged = record(**{name: said for name, said in ALL.items() if name not in left_out})

    assert merged.title == title
    told = [one.source for one in merged.sources if one.field == "title"]
    assert told == ([source] if source else [])


def test_a_field_that_a_person_removed_stays_empty_whoever_else_speaks() -> None:
    merged = record(**{**ALL, "people": human(title=None, description=None)})

    assert (merged.title, merged.description) == (None, None)
    assert FieldSource("title", "human", "human_record", True) in merged.sources
    assert merged.city == "Bled"


def test_a_field_set_again_after_its_removal_counts_again() -> None:
    removed = human(title=None)

    merged = record(people=edited(removed, Edit({"title": ["back"]}, "bo"), NOW))

    assert merged.title == "back"


def test_a_place_is_put_together_unless_somebody_tells_or_removes_it() -> None:
    told = {"sidecar": SidecarMetadata(location="Castle", country="Slovenia"), "embedded": EMBEDDED}

    assert record(**told).creation_location == "Castle, Bled, Slovenia"
    assert record(**told, people=human(city=None)).creation_location == "Castle, Slovenia"
    assert record(**told, people=human(creation_location=None)).creation_location is None


def test_tags_of_the_language_model_count_above_those_of_labels() -> None:
    labels = ZeroShotTags([Tag("label", "label")], None)

    assert record(description=DESCRIBED, tags=labels).tags == ["from the model"]
    assert record(description=replace(DESCRIBED, tags=[]), tags=labels).tags == ["label"]


def test_numbers_and_lists_come_out_in_their_own_types() -> None:
    merged = record(people=human(rating=["4"], latitude=["-46.5"], keywords=["a", "b"]))

    assert (merged.rating, merged.latitude, merged.keywords) == (4, -46.5, ["a", "b"])


def test_nobody_says_anything_of_a_picture_without_sources() -> None:
    merged = record()

    assert merged.sources == []
    assert not any(getattr(merged, name) for name in FIELDS)


def test_every_field_of_the_record_can_be_edited() -> None:
    computed = {
        name for name in CatalogueRecord.__dataclass_fields__ if name.startswith("taken_at")
    }
    assert {*FIELDS, "sources"} == CatalogueRecord.__dataclass_fields__.keys() - computed


@pytest.mark.parametrize(
    ("stamp", "date", "precision"),
    [
        ("1912:00:00 00:00:00", "1912", "year"),
        ("1912:05:00", "1912-05", "month"),
        ("1912:05:07", "1912-05-07", "day"),
        ("1912:05:07 08:09", "1912-05-07T08:09", "minute"),
        ("1912:05:07 08:09:10+01:00", "1912-05-07T08:09:10", "second"),
        ("1912:05:07 08:09:10.25", "1912-05-07T08:09:10.25", "fraction"),
    ],
)
def test_a_date_is_no_more_precise_than_it_is_known(stamp: str, date: str, precision: str) -> None:
    merged = record(embedded=columns({"ExifIFD:DateTimeOriginal": stamp}, FILE, is_tiff=False))

    assert (merged.creation_date, merged.taken_at_precision) == (date, precision)
    assert merged.taken_at_tag == "ExifIFD:DateTimeOriginal"
    assert merged.taken_at_offset_minutes == (60 if "+" in stamp else None)


@pytest.mark.parametrize(
    ("typed", "taken_at", "precision"),
    [
        ("1912-05", "1912-05-01", "month"),
        ("7 May 1912", "1912-05-07", "day"),
        ("around 1912", None, None),
        (None, None, None),
    ],
    ids=["ISO 8601", "in words", "about", "removed"],
)
def test_the_date_that_a_person_set_counts_as_a_time_too(
    typed: str | None, taken_at: str | None, precision: str | None
) -> None:
    """A scan knows when it was scanned; the person knows that this is not it."""
    scanned = columns({"ExifIFD:CreateDate": "2015:06:07 08:09:10"}, FILE, is_tiff=False)

    merged = record(people=human(creation_date=[typed] if typed else None), embedded=scanned)

    assert merged.creation_date == typed
    assert merged.taken_at == (datetime.fromisoformat(taken_at) if taken_at else None)
    assert merged.taken_at_precision == precision


def test_a_date_that_only_a_model_says_is_no_time() -> None:
    merged = record(description=replace(DESCRIBED, creation_date="1912"))

    assert (merged.creation_date, merged.taken_at) == ("1912", None)


TAKEOUT = SidecarMetadata(
    takeout_taken_at=datetime(2009, 11, 16, 12, 51, 58),  # noqa: DTZ001 - UTC, naive
    takeout_description="Teahouse",
    takeout_people=["Anna Example"],
    takeout_latitude=30.6578,
    takeout_longitude=104.0739,
)


def test_google_takeout_counts_where_the_file_says_nothing() -> None:
    merged = record(sidecar=TAKEOUT, embedded=EMBEDDED, description=DESCRIBED)

    assert (merged.title, merged.city) == ("embedded", "Bled")
    assert (merged.description, merged.people) == ("Teahouse", ["Anna Example"])
    assert (merged.latitude, merged.longitude) == (30.6578, 104.0739)
    assert merged.creation_date == "2009-11-16T12:51:58"
    assert (merged.taken_at, merged.taken_at_offset_minutes) == (TAKEOUT.takeout_taken_at, 0)
    assert merged.taken_at_tag == "GoogleTakeout:photoTakenTime"
    assert FieldSource("people", "takeout", "sidecar_metadata", False) in merged.sources


def test_the_file_counts_above_google_takeout() -> None:
    said = {
        "ExifIFD:DateTimeOriginal": "2009:11:16 20:51:58",
        "IFD0:ImageDescription": "Tea",
        "XMP-iptcExt:PersonInImage": ["Bo"],
    }
    merged = record(sidecar=TAKEOUT, embedded=columns(said, FILE, is_tiff=False))

    assert (merged.description, merged.people) == ("Tea", ["Bo"])
    assert merged.creation_date == "2009-11-16T20:51:58"
    assert merged.taken_at_offset_minutes is None


def test_rows_of_older_versions_without_the_newer_columns_are_read() -> None:
    old = replace(EMBEDDED, people=None, events=None, contributors=None, spatial_coverage=None)

    merged = record(embedded=old, sidecar=replace(TAKEOUT, takeout_people=None, people=None))

    assert (merged.title, merged.people, merged.events) == ("embedded", [], [])
