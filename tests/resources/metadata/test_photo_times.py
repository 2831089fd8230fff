from datetime import datetime

import pytest

from resources.decoding.decoding_context import collected_notes
from resources.metadata.photo_times import time_located, time_modified, time_taken
from resources.metadata.tags import Tags

local = datetime.fromisoformat
UNKNOWN = "0000:00:00 00:00:00"
ORIGINAL: Tags = {
    "ExifIFD:DateTimeOriginal": "2024:05:06 07:08:09",
    "ExifIFD:SubSecTimeOriginal": "017",
    "ExifIFD:OffsetTimeOriginal": "+05:30",
}
XMP: Tags = {"XMP-photoshop:DateCreated": "2001-02-03T04:05:06Z"}
IPTC: Tags = {"IPTC:DateCreated": "2002:02:03", "IPTC:TimeCreated": "04:05:06+01:00"}
OLD_DIGEST: Tags = {"File:CurrentIPTCDigest": "a", "Photoshop:IPTCDigest": "b"}


@pytest.mark.parametrize(
    ("tags", "tag", "taken", "offset_minutes"),
    [
        (ORIGINAL | XMP, "ExifIFD:DateTimeOriginal", "2024-05-06T07:08:09.017", 330),
        (
            {"PNG:CreationTime": "Sat, 06 May 2023 07:08:09 +0200"},
            "PNG:CreationTime",
            "2023-05-06T07:08:09",
            120,
        ),
        (XMP | IPTC, "XMP-photoshop:DateCreated", "2001-02-03T04:05:06", 0),
        (XMP | IPTC | OLD_DIGEST, "IPTC:DateCreated", "2002-02-03T04:05:06", 60),
        (
            {"ExifIFD:DateTimeOriginal": UNKNOWN} | XMP,
            "XMP-photoshop:DateCreated",
            "2001-02-03T04:05:06",
            0,
        ),
        (
            {"ExifIFD:CreateDate": "1999:01:02 03:04:05"},
            "ExifIFD:CreateDate",
            "1999-01-02T03:04:05",
            None,
        ),
        (
            {"IFD0:DateTimeOriginal": "1999:01:02 03:04:05"},
            "IFD0:DateTimeOriginal",
            "1999-01-02T03:04:05",
            None,
        ),
    ],
    ids=[
        "EXIF first",
        "PNG",
        "XMP in step",
        "XMP out of step",
        "unknown is passed over",
        "digitized",
        "raw",
    ],
)
def test_the_time_comes_from_the_tag_that_counts(
    tags: Tags, tag: str, taken: str, offset_minutes: int | None
) -> None:
    with collected_notes() as notes:
        dated = time_taken(tags)
    assert notes == []
    assert dated is not None
    assert (dated.tag, dated.moment.local) == (tag, local(taken))
    assert dated.moment.offset_minutes == offset_minutes


def test_a_date_that_is_none_is_noted_and_the_next_one_taken() -> None:
    with collected_notes() as notes:
        dated = time_taken({"ExifIFD:DateTimeOriginal": "the sixth of May"} | XMP)
    assert dated is not None
    assert dated.tag == "XMP-photoshop:DateCreated"
    assert notes == ["ExifIFD:DateTimeOriginal is not a date: the sixth of May"]
    assert not notes.is_degraded


@pytest.mark.parametrize(
    ("stamp", "known"),
    [
        ("1965:00:00 00:00:00", "1965"),
        ("1965:  :     :  :  ", "1965"),
        ("1993:08:00 00:00:00", "1993-08"),
        ("1993:08:06 25:00:00", "1993-08-06"),
    ],
)
def test_a_partial_date_counts_above_a_full_one_of_another_day(stamp: str, known: str) -> None:
    """The scan of an old photograph says when it was scanned, in full."""
    scanned: Tags = {"ExifIFD:CreateDate": "2015:06:07 08:09:10"}
    dated = time_taken({"ExifIFD:DateTimeOriginal": stamp} | scanned | XMP)
    assert dated is not None
    assert (dated.tag, dated.moment.iso_text()) == ("ExifIFD:DateTimeOriginal", known)


def test_a_day_takes_the_clock_of_the_same_day_and_says_where_it_is_from() -> None:
    tags: Tags = {"XMP-photoshop:DateCreated": "2015-06-07"}
    dated = time_taken(tags | {"ExifIFD:CreateDate": "2015:06:07 08:09:10"})
    assert dated is not None
    assert (dated.tag, dated.moment.iso_text()) == ("ExifIFD:CreateDate", "2015-06-07T08:09:10")


def test_a_date_that_is_only_partly_one_is_remarked_on() -> None:
    with collected_notes() as notes:
        time_taken({"ExifIFD:DateTimeOriginal": "2016:12:31 12:75:10"})
        time_taken({"ExifIFD:DateTimeOriginal": "1965:00:00 00:00:00"})
    assert notes == ["ExifIFD:DateTimeOriginal is a date only to the day: 2016:12:31 12:75:10"]


TAKEN: Tags = {"ExifIFD:DateTimeOriginal": "2024:07:06 02:13:05"}


@pytest.mark.parametrize(
    ("others", "offset_minutes"),
    [
        ({"IFD0:ModifyDate": "2024:07:06 02:13:05", "ExifIFD:OffsetTime": "+02:00"}, 120),
        ({"IFD0:ModifyDate": "2024:07:06 02:13:06", "ExifIFD:OffsetTime": "+02:00"}, None),
        (
            {
                "ExifIFD:CreateDate": "2024:07:06 02:13:05",
                "ExifIFD:OffsetTimeDigitized": "-08:00",
            },
            -480,
        ),
        ({"XMP-photoshop:DateCreated": "2024-07-06T02:13:05.25+05:30"}, 330),
        ({"XMP-photoshop:DateCreated": "2024-07-06T02:13:05Z"}, None),
        ({"IPTC:DateCreated": "2024:07:06", "IPTC:TimeCreated": "02:13:05+01:00"}, 60),
        ({"ExifIFD:OffsetTime": "+02:00"}, None),
    ],
    ids=["changed", "changed later", "digitized", "XMP", "XMP's blind Z", "IPTC", "no clock"],
)
def test_a_clock_has_the_offset_of_another_that_shows_the_same_time(
    others: Tags, offset_minutes: int | None
) -> None:
    dated = time_taken(TAKEN | others)
    assert dated is not None
    assert dated.tag == "ExifIFD:DateTimeOriginal"
    assert dated.moment.offset_minutes == offset_minutes


def test_the_day_of_an_old_photograph_has_its_precision() -> None:
    dated = time_taken({"IPTC:DateCreated": "1932:05:00"})
    assert dated is not None
    assert (dated.moment.local, dated.moment.precision) == (local("1932-05-01"), "month")


def test_a_change_is_no_time_of_taking() -> None:
    tags: Tags = {"IFD0:ModifyDate": "2024:05:06 07:08:09"}
    modified = time_modified(tags)
    assert time_taken(tags) is None
    assert modified is not None
    assert modified.moment.local == local("2024-05-06T07:08:09")


def test_the_time_of_the_position_is_utc_and_needs_date_and_clock() -> None:
    tags: Tags = {"GPS:GPSDateStamp": "2024:05:05", "GPS:GPSTimeStamp": "21:08:09.25"}
    assert time_located(tags) == local("2024-05-05T21:08:09.250")
    assert time_located({"GPS:GPSTimeStamp": "21:08:09"}) is None


def test_a_time_of_the_position_that_is_none_is_noted() -> None:
    with collected_notes() as notes:
        assert (
            time_located({"GPS:GPSDateStamp": "2024:05:05", "GPS:GPSTimeStamp": "99:99:99"}) is None
        )
    assert notes == ["GPS:GPSDateStamp and GPSTimeStamp are not a time: 2024:05:05 99:99:99"]
