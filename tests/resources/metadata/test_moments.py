"""A date is worth what its good parts are worth."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.moments import (
    Moment,
    free_moment_of,
    is_unknown_stamp,
    iso_text,
    moment_of,
    offset_minutes_of,
)

local = datetime.fromisoformat


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2011:09:23 12:43:03", Moment(local("2011-09-23T12:43:03"), None, "second")),
        ("2011-09-23T12:43:03Z", Moment(local("2011-09-23T12:43:03"), 0, "second")),
        (
            "2009:08:29 13:18:08.017+05:30",
            Moment(local("2009-08-29T13:18:08.017"), 330, "fraction"),
        ),
        ("2009:08:29 13:18:08.00", Moment(local("2009-08-29T13:18:08"), None, "fraction")),
        ("2011-09-23T12:43-08:00", Moment(local("2011-09-23T12:43"), -480, "minute")),
        ("2003:12:14 12:01: 4", Moment(local("2003-12-14T12:01:04"), None, "second")),
        ("2004:05:06 07:08:09 PM", Moment(local("2004-05-06T19:08:09"), None, "second")),
        ("2004:05:06 12:08:09 am", Moment(local("2004-05-06T00:08:09"), None, "second")),
        ("2009-08-29T13:18:08+05", Moment(local("2009-08-29T13:18:08"), 300, "second")),
        ("2009-08-29T13:18-08", Moment(local("2009-08-29T13:18"), -480, "minute")),
        ("2009-08-29T13:18:08\u221208:00", Moment(local("2009-08-29T13:18:08"), -480, "second")),
        ("2009-08-29t13:18:08z", Moment(local("2009-08-29T13:18:08"), 0, "second")),
        ("2004:05:06 07:08:09+5:30", Moment(local("2004-05-06T07:08:09"), 330, "second")),
        ("2004:05:06 07:08:09GMT", Moment(local("2004-05-06T07:08:09"), None, "second")),
        ("2004:05:06 07:08:09:50", Moment(local("2004-05-06T07:08:09.5"), None, "fraction")),
        ("2004:05:06 07:08:", Moment(local("2004-05-06T07:08"), None, "minute")),
        ("2004:05:06_07:08:09.", Moment(local("2004-05-06T07:08:09"), None, "second")),
        ("2004:05:06 03:08:09 p.\xa0m.", Moment(local("2004-05-06T15:08:09"), None, "second")),
        ("2004:05:06 13:08:09 PM", Moment(local("2004-05-06T13:08:09"), None, "second")),
        ("2004:05:06 00:08:09 AM", Moment(local("2004-05-06T00:08:09"), None, "second")),
        ("20190506T070809Z", Moment(local("2019-05-06T07:08:09"), 0, "second")),
        ("1932:05:01", Moment(local("1932-05-01"), None, "day")),
        ("1932:05:00", Moment(local("1932-05-01"), None, "month")),
        ("1932-05", Moment(local("1932-05-01"), None, "month")),
        ("1932:00:00", Moment(local("1932-01-01"), None, "year")),
        ("1932", Moment(local("1932-01-01"), None, "year")),
    ],
)
def test_a_moment_keeps_wall_clock_offset_and_precision(text: str, expected: Moment) -> None:
    assert moment_of(text) == expected


@pytest.mark.parametrize(
    ("text", "known", "precision"),
    [
        ("1965:00:00 00:00:00", "1965", "year"),
        ("1965:00:17 10:11:12", "1965", "year"),
        ("1965:  :     :  :  ", "1965", "year"),
        ("1965-??-??", "1965", "year"),
        ("1993:08:00 00:00:00", "1993-08", "month"),
        ("1993:08:   :  :  ", "1993-08", "month"),
        ("2011:13:01 00:00:00", "2011", "year"),
        ("2011:02:30 10:11:12", "2011-02", "month"),
        ("2011:02:32", "2011-02", "month"),
        ("2004:05:06   :  :  ", "2004-05-06", "day"),
        ("2004:05:06 --:--:--", "2004-05-06", "day"),
        ("2004:05:06 25:01:02", "2004-05-06", "day"),
        ("2004:05:06 12:75:10", "2004-05-06", "day"),
        ("2004:05:06 24:00:00", "2004-05-06", "day"),
        ("2004:05:06 in the evening", "2004-05-06", "day"),
        ("2004:05:06 中午 11:08", "2004-05-06", "day"),
        ("2004-05-06-08:00", "2004-05-06", "day"),
        ("2004-05-06T07-08", "2004-05-06", "day"),
        ("2004:05:06 0708", "2004-05-06", "day"),
        ("2004:05:06 07-08-60", "2004-05-06T07:08", "minute"),
        ("2004:05:06 07:08:60", "2004-05-06T07:08", "minute"),
        ("2004:05:06 07:08:  ", "2004-05-06T07:08", "minute"),
        ("2016:12:31 24:03:10", "2016-12-31T00:03:10", "second"),
        ("2004:05:06 07:08:09 DST", "2004-05-06T07:08:09", "second"),
        ("2004:05:06 07:08:09+99:00", "2004-05-06T07:08:09", "second"),
    ],
)
def test_a_bad_part_takes_only_what_is_finer_with_it(text: str, known: str, precision: str) -> None:
    moment = moment_of(text)
    assert moment is not None
    assert (moment.iso_text(), moment.precision) == (known, precision)


@pytest.mark.parametrize(
    "clock",
    [
        *(
            "07-08-09",
            "07.08.09",
            "07h08m09s",
            "7 h 8 min 9 s",
            "070809",
            "07\N{FULLWIDTH COLON}08:09",
        ),
        *(
            "07時08分09秒",
            "午前7時8分9秒",
            "上午 07:08:09",
            "07:08:09 오전",
            "7:08:09 π.μ.",
            "AM 7:08:09",
        ),
    ],
)
@pytest.mark.parametrize("day", ["2004:05:06 ", "2004-5-6T", "2004年5月6日(木) "])
def test_a_clock_is_read_in_the_forms_that_phones_and_programs_write(day: str, clock: str) -> None:
    assert moment_of(day + clock) == Moment(local("2004-05-06T07:08:09"), None, "second")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2004:05:06\x0007:08:09", "2004-05-06T07:08:09"),
        ("2004:05:0607:08:09", "2004-05-06T07:08:09"),
        ("2004:05:06:07:08:09", "2004-05-06T07:08:09"),
        ("2004-05-06-07-08-09", "2004-05-06T07:08:09"),
        ("20040506_070809", "2004-05-06T07:08:09"),
        ("20040506070809", "2004-05-06T07:08:09"),
        ("20040506 07:08", "2004-05-06T07:08"),
        ("2004:05:06 7h08", "2004-05-06T07:08"),
        ("2004:05:06 07.08 Uhr", "2004-05-06T07:08"),
        ("2004:05:06 下午07:08:09", "2004-05-06T19:08:09"),
        ("2004:05:06 午後0時08分", "2004-05-06T12:08"),
        ("2004년 5월 6일 오후 7시 8분", "2004-05-06T19:08"),
        ("2004:05:06 7:08:09 μ.μ.", "2004-05-06T19:08:09"),
        ("2004:05:06 13:08 午後", "2004-05-06T13:08"),
        ("2004年5月", "2004-05"),
        ("2004年", "2004"),
    ],
)
def test_whatever_stands_between_its_parts_a_moment_is_as_precise_as_it_says(
    text: str, known: str
) -> None:
    moment = moment_of(text)
    assert moment is not None
    assert moment.iso_text() == known


@pytest.mark.parametrize("text", ["", "yesterday", "0000:00:00 00:00:00", "20110923", "99:01:01"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "    :  :     :  :  ",
        "0000:00:00 00:00:00",
        "",
        "----:--:-- --:--:--",
        "????:??:??",
        "0000:00:00\x00",
    ],
)
def test_blanks_and_zeros_are_an_unknown_date(text: str) -> None:
    assert is_unknown_stamp(text)


def test_a_year_is_not_an_unknown_date() -> None:
    assert not is_unknown_stamp("2000:00:00")


@pytest.mark.parametrize(
    ("text", "known", "offset_minutes"),
    [
        ("Sat, 06 May 2023 07:08:09 +0200", "2023-05-06T07:08:09", 120),
        ("Sat, 06 May 2023 07:08:09 GMT", "2023-05-06T07:08:09", 0),
        ("Fri 04 Jan 2013 11:14:55 PM EST", "2013-01-04T23:14:55", None),
        ("Sat May  6 07:08:09 2023", "2023-05-06T07:08:09", None),
        ("2023-05-06T07:08:09Z", "2023-05-06T07:08:09", 0),
        ("2023:05:06 07:08:09", "2023-05-06T07:08:09", None),
        ("6 May 2023", "2023-05-06", None),
        ("13/05/2023", "2023-05-13", None),
        ("05/06/2023 07:08", "2023", None),
        ("May 2023", "2023-05", None),
    ],
)
def test_of_a_free_date_is_known_what_all_readings_agree_on(
    text: str, known: str, offset_minutes: int | None
) -> None:
    """05/06 is a day in May or in June: only the year is certain."""
    moment = free_moment_of(text)
    assert moment is not None
    assert (moment.iso_text(), moment.offset_minutes) == (known, offset_minutes)


@pytest.mark.parametrize("text", ["", "long ago", "12:30", "10", "around 1900", "x" * 1000])
def test_a_free_text_without_a_year_is_no_date(text: str) -> None:
    assert free_moment_of(text) is None


@pytest.mark.parametrize(
    ("precision", "text"),
    [
        ("year", "1912"),
        ("month", "1912-05"),
        ("day", "1912-05-07"),
        ("minute", "1912-05-07T08:09"),
        ("second", "1912-05-07T08:09:10"),
        ("fraction", "1912-05-07T08:09:10.25"),
        (None, "1912-05-07T08:09:10"),
    ],
)
def test_a_date_is_no_more_precise_than_it_is_known(precision: str | None, text: str) -> None:
    assert iso_text(local("1912-05-07T08:09:10.250"), precision) == text


def test_a_fraction_of_zeros_and_a_year_of_three_digits_keep_their_form() -> None:
    assert iso_text(local("0912-05-07T08:09:10"), "fraction") == "0912-05-07T08:09:10.0"


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("+05:30", 330), ("-0800", -480), ("Z", 0), ("+23:59", None), ("local", None), (None, None)],
)
def test_offsets_are_minutes_east_of_utc(zone: str | None, minutes: int | None) -> None:
    assert offset_minutes_of(zone) == minutes


stamps = st.from_regex(r"\d{4}:[ \d]\d:[ \d]\d( \d\d:\d\d(:\d\d(\.\d+)?)?)?", fullmatch=True)


@given(st.text() | stamps)
def test_no_text_breaks_a_reader_of_dates(text: str) -> None:
    for moment in (moment_of(text), free_moment_of(text)):
        assert moment is None or moment.local.tzinfo is None


@given(stamps)
def test_what_is_known_is_read_back_as_it_was(text: str) -> None:
    moment = moment_of(text)
    assert moment is None or moment_of(moment.iso_text()) == moment
