"""What Google Takeout writes beside a picture, read as untrusted bytes."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.takeout import LARGEST_TAKEOUT_BYTES, TakeoutFacts, read_takeout

TAKEN = datetime.fromisoformat("2009-11-16T12:51:58")
WRITTEN: dict[str, Any] = {
    "title": "IMG_3397.JPG",
    "description": "Teahouse in the old town",
    "creationTime": {"timestamp": "1258385917"},
    "photoTakenTime": {"timestamp": "1258375918", "formatted": "16 Nov 2009, 12:51:58 UTC"},
    "geoData": {"latitude": 30.6578, "longitude": 104.0739, "altitude": 12.5},
    "people": [{"name": "Anna Example"}, {"name": "Bo"}, {"name": "anna example"}],
}


def test_date_place_description_and_people_are_read() -> None:
    """The title is the file's name and the creation time that of the upload: neither counts."""
    facts, notes = read_takeout(json.dumps(WRITTEN).encode())
    assert facts == TakeoutFacts(
        TAKEN, "Teahouse in the old town", ["Anna Example", "Bo"], 30.6578, 104.0739
    )
    assert notes == ()


@pytest.mark.parametrize(
    ("changed", "position"),
    [
        ({"geoData": {"latitude": 0.0, "longitude": 0.0}}, (None, None)),
        (
            {
                "geoData": {"latitude": 0.0, "longitude": 0.0},
                "geoDataExif": {"latitude": 1.5, "longitude": 2.5},
            },
            (1.5, 2.5),
        ),
        ({"geoData": {"latitude": 91, "longitude": 0}}, (None, None)),
        ({"geoData": {"latitude": 0.0, "longitude": 2.5}}, (0, 2.5)),
        ({"geoData": "here"}, (None, None)),
    ],
    ids=["none", "the file's", "impossible", "on the equator", "in words"],
)
def test_zeros_are_no_place(changed: dict[str, Any], position: tuple[float, float]) -> None:
    facts, _ = read_takeout(json.dumps(WRITTEN | changed).encode())
    assert (facts.latitude, facts.longitude) == position


@pytest.mark.parametrize(
    ("timestamp", "taken"),
    [
        ("-86400", datetime.fromisoformat("1969-12-31T00:00:00")),
        (1258375918, TAKEN),
        ("1e300", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_date_before_1970_is_one_and_an_impossible_one_none(
    timestamp: object, taken: datetime | None
) -> None:
    content = json.dumps(WRITTEN | {"photoTakenTime": {"timestamp": timestamp}}).encode()
    assert read_takeout(content)[0].taken_at == taken


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"name": "somebody else\'s JSON"}',
        b"[" * 100_000,
        b" " * (LARGEST_TAKEOUT_BYTES + 1),
    ],
)
def test_what_is_something_else_says_nothing_and_is_noted(content: bytes) -> None:
    facts, notes = read_takeout(content)
    assert facts == TakeoutFacts()
    assert len(notes) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*WRITTEN, "geoDataExif"]), json_values))
def test_no_values_break_it(found: dict[str, Any]) -> None:
    facts, _ = read_takeout(json.dumps(found).encode())
    assert facts.latitude is None or abs(facts.latitude) <= 90
