import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.decoding.decoding_context import collected_notes
from resources.metadata.photo_position import altitude_m, coordinates
from resources.metadata.tags import Tags, TagValue


def position(latitude: TagValue, longitude: TagValue, north: str = "N", east: str = "E") -> Tags:
    return {
        "GPS:GPSLatitude": latitude,
        "GPS:GPSLatitudeRef": north,
        "GPS:GPSLongitude": longitude,
        "GPS:GPSLongitudeRef": east,
    }


@pytest.mark.parametrize(
    ("north", "east", "expected"),
    [
        ("N", "E", (33.5, 151.5)),
        ("S", "E", (-33.5, 151.5)),
        ("N", "W", (33.5, -151.5)),
        ("south", "west", (-33.5, -151.5)),
    ],
)
def test_south_and_west_are_negative(north: str, east: str, expected: tuple[float, float]) -> None:
    assert coordinates(position(33.5, "151.5", north, east)) == expected


def test_signed_coordinates_of_xmp_count_when_exif_has_none() -> None:
    tags: Tags = {"XMP-exif:GPSLatitude": -33.5, "XMP-exif:GPSLongitude": 151.5}
    assert coordinates(tags) == (-33.5, 151.5)
    assert coordinates(tags | position(1.0, 2.0)) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("tags", "note"),
    [
        (position(90.1, 0.5), "GPS:GPSLatitude is not usable: 90.1 N"),
        (position(1.5, 180.5), "GPS:GPSLongitude is not usable: 180.5 E"),
        (position("undef", 1.5), "GPS:GPSLatitude is not usable: undef N"),
        (position("", 1.5), "GPS:GPSLatitude is not usable: no number N"),
        (position(1.5, 2.5, north=""), "GPS:GPSLatitude is not usable: 1.5"),
        (position(0, 0), "GPS position 0, 0: a receiver without a fix"),
        (
            {"GPS:GPSLatitude": 5.0, "GPS:GPSLatitudeRef": "N"},
            "half a GPS position: latitude and longitude are needed",
        ),
    ],
    ids=["too far north", "too far east", "no number", "blank", "no direction", "no fix", "half"],
)
def test_a_position_that_cannot_be_is_none_and_noted(tags: Tags, note: str) -> None:
    with collected_notes() as notes:
        assert coordinates(tags) is None
    assert note in notes


def test_no_position_is_nothing_to_note() -> None:
    with collected_notes() as notes:
        assert (coordinates({}), altitude_m({})) == (None, None)
    assert notes == []


@pytest.mark.parametrize(
    ("altitude", "reference", "expected"),
    [(12.5, 0, 12.5), (12.5, 1, -12.5), ("12.5", "1", -12.5), (-3.0, 0, -3.0), (430.0, 3, -430.0)],
)
def test_altitude_is_negative_below_sea_level(
    altitude: TagValue, reference: TagValue, expected: float
) -> None:
    tags: Tags = {"GPS:GPSAltitude": altitude, "GPS:GPSAltitudeRef": reference}
    assert altitude_m(tags) == expected


def test_an_altitude_beyond_the_atmosphere_is_noted() -> None:
    with collected_notes() as notes:
        assert altitude_m({"GPS:GPSAltitude": 4294967295.0}) is None
    assert notes == ["GPS altitude is not usable: 4294967295.0"]


@given(*[st.one_of(st.text(), st.floats(), st.integers())] * 2, st.text(), st.text())
def test_whatever_the_tags_say_a_position_is_on_earth(
    latitude: TagValue, longitude: TagValue, north: str, east: str
) -> None:
    found = coordinates(position(latitude, longitude, north, east))
    assert found is None or (abs(found[0]) <= 90 and abs(found[1]) <= 180)
