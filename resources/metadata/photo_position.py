"""Where a picture was taken, from its embedded metadata: WGS 84 degrees and metres.

Half a position, one out of range, one without direction and the point 0, 0 (a receiver without a
fix) are none, and remarked on.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from resources.decoding.decoding_context import remark
from resources.metadata.tags import TagValue
from resources.metadata.values import number_of, text_of

LOWEST_M, HIGHEST_M = -12_000.0, 100_000.0
"""From below the deepest trench to the border of space; beyond it the number is garbage."""

BELOW_SEA_LEVEL = frozenset({"1", "3"})
"""Values of GPSAltitudeRef (CIPA DC-008, 4.6.7; 3 is below the ellipsoid, since EXIF 3.0)."""


@dataclass(frozen=True)
class Axis:
    """The tags of one coordinate."""

    exif: str
    exif_direction: str
    xmp: str
    directions: Mapping[str, int]
    limit: float


LATITUDE = Axis(
    "GPS:GPSLatitude", "GPS:GPSLatitudeRef", "XMP-exif:GPSLatitude", {"N": 1, "S": -1}, 90
)
LONGITUDE = Axis(
    "GPS:GPSLongitude", "GPS:GPSLongitudeRef", "XMP-exif:GPSLongitude", {"E": 1, "W": -1}, 180
)


def coordinates(tags: Mapping[str, TagValue]) -> tuple[float, float] | None:
    """Latitude (-90 to 90, north positive) and longitude (-180 to 180, east positive)."""
    latitude, longitude = _degrees(tags, LATITUDE), _degrees(tags, LONGITUDE)
    if latitude is None or longitude is None:
        if latitude != longitude:
            remark("half a GPS position: latitude and longitude are needed")
        return None
    if latitude == 0 and longitude == 0:
        remark("GPS position 0, 0: a receiver without a fix")
        return None
    return latitude, longitude


def altitude_m(tags: Mapping[str, TagValue]) -> float | None:
    """Metres above sea level, negative below."""
    exif = "GPS:GPSAltitude" in tags
    group = "GPS" if exif else "XMP-exif"
    value = tags.get(f"{group}:GPSAltitude")
    altitude = number_of(value)
    if altitude is not None and text_of(tags.get(f"{group}:GPSAltitudeRef")) in BELOW_SEA_LEVEL:
        altitude = -abs(altitude)
    if altitude is not None and LOWEST_M <= altitude <= HIGHEST_M:
        return altitude
    if value is not None:
        remark(f"GPS altitude is not usable: {text_of(value)}")
    return None


def _degrees(tags: Mapping[str, TagValue], axis: Axis) -> float | None:
    """Signed degrees of one axis, None and a remark when what is there cannot be used."""
    name = axis.exif if axis.exif in tags else axis.xmp
    if name not in tags:
        return None
    degrees = number_of(tags[name])
    sign = 1 if name == axis.xmp else axis.directions.get(_direction(tags, axis))
    if degrees is None or sign is None or not abs(degrees) <= axis.limit:
        shown = f"{text_of(tags[name]) or 'no number'} {_direction(tags, axis)}"
        remark(f"{name} is not usable: {shown.rstrip()}")
        return None
    return math.copysign(degrees, sign) if name == axis.exif else degrees


def _direction(tags: Mapping[str, TagValue], axis: Axis) -> str:
    return (text_of(tags.get(axis.exif_direction)) or "").upper()[:1]
