from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.tags import TagValue
from resources.metadata.values import (
    Moment,
    decimal_degrees,
    is_unknown_stamp,
    moment_of,
    number_of,
    offset_minutes_of,
    text_of,
    texts_of,
    whole_number_of,
)

local = datetime.fromisoformat

scalars = st.one_of(st.text(), st.integers(), st.floats(), st.booleans())
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2011:09:23 12:43:03", Moment(local("2011-09-23T12:43:03"), None, "second")),
        ("2011-09-23T12:43:03Z", Moment(local("2011-09-23T12:43:03"), 0, "second")),
        (
            "2009:08:29 13:18:08.017+05:30",
            Moment(local("2009-08-29T13:18:08.017000"), 330, "second"),
        ),
        ("2011-09-23T12:43-08:00", Moment(local("2011-09-23T12:43"), -480, "minute")),
        ("2003:12:14 12:01: 4", Moment(local("2003-12-14T12:01:04"), None, "second")),
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
    "text",
    ["", "yesterday", "2011:13:01 00:00:00", "2011:02:30", "0000:00:00 00:00:00", "20110923"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment_of(text) is None


@pytest.mark.parametrize("text", ["    :  :     :  :  ", "0000:00:00 00:00:00", ""])
def test_blanks_and_zeros_are_exifs_unknown_date(text: str) -> None:
    assert is_unknown_stamp(text)


def test_a_year_is_not_an_unknown_date() -> None:
    assert not is_unknown_stamp("2000:00:00")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2.8, 2.8),
        ("1/250", 0.004),
        ("2.80", 2.8),
        ([100, 0], 100),
        ("100 200", 100),
        ("undef", None),
        ("inf", None),
        ("0/0", None),
        ("5/0", None),
        ("1e999", None),
        ("", None),
        ({"a": 1}, None),
        (None, None),
    ],
)
def test_numbers_are_found_in_texts_lists_and_fractions(
    value: TagValue | None, expected: float | None
) -> None:
    assert number_of(value) == expected


def test_a_whole_number_has_no_fraction() -> None:
    assert (whole_number_of("3.0"), whole_number_of(2.5)) == (3, None)


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("+05:30", 330), ("-0800", -480), ("Z", 0), ("+23:59", None), ("local", None), (None, None)],
)
def test_offsets_are_minutes_east_of_utc(zone: str | None, minutes: int | None) -> None:
    assert offset_minutes_of(zone) == minutes


def test_texts_are_clean_distinct_and_in_order() -> None:
    assert texts_of(["b\x00", " a ", "", "b", ["c"], {"d": "e"}]) == ["b", "a", "c"]
    assert text_of(7) == "7"


def test_degrees_need_every_part() -> None:
    assert decimal_degrees([51, 30, 36]) == 51.51
    assert decimal_degrees([51, float("nan"), 0]) is None
    assert decimal_degrees([]) is None


@given(values)
def test_no_value_breaks_a_reader_of_values(value: TagValue) -> None:
    assert all("\x00" not in text for text in texts_of(value))
    number, whole = number_of(value), whole_number_of(value)
    assert whole is None or whole == number


@given(st.text() | st.from_regex(r"\d{4}:\d\d:\d\d( \d\d:\d\d(:\d\d(\.\d+)?)?)?", fullmatch=True))
def test_no_text_breaks_a_reader_of_dates(text: str) -> None:
    moment = moment_of(text)
    assert moment is None or moment.local.tzinfo is None
