"""Which images a search may find: --where (a condition in SQL) and --near (a place).

Both become a list of image ids before anything is searched, so that no text of a user is ever put
into the index's own filter language. The condition runs as any query of a user does: one SELECT,
read-only, without files and network, with limits, in a process of its own.
"""

from dataclasses import dataclass
from functools import partial
from typing import Self

from command_line.queries.condition_errors import why_unusable
from command_line.terminal.console import CommandError
from resources.configuration.media_home import MediaHome
from resources.warehouse.own_query import own_rows
from resources.warehouse.read_only_query import QueryError, read_only_rows

DEFAULT_KM = 10.0

WITHIN = """
select image_id, distance_km
from (
    select
        image_id,
        2 * 6371.0088 * asin(least(1, sqrt(
            pow(sin(radians(latitude - ?) / 2), 2)
            + cos(radians(?)) * cos(radians(latitude)) * pow(sin(radians(longitude - ?) / 2), 2)
        ))) as distance_km
    from search_documents
    where latitude is not null and longitude is not null
)
where distance_km <= ?
order by distance_km, image_id
"""
"""Great-circle distance by the haversine formula on the earth's mean radius (IUGG)."""


@dataclass(frozen=True)
class Near:
    """A place in degrees (WGS 84) and a radius around it."""

    latitude: float
    longitude: float
    km: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """``lat,lon`` or ``lat,lon,km``. Raises CommandError."""
        hint = 'write it as latitude,longitude[,km], such as --near "48.21,16.37,5"'
        try:
            numbers = [float(part) for part in text.split(",")]
        except ValueError as error:
            raise CommandError(f"{text!r} is no place", hint=hint) from error
        if len(numbers) not in (2, 3):
            raise CommandError(f"{text!r} is no place", hint=hint)
        latitude, longitude, km = (*numbers, DEFAULT_KM)[:3]
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180 and 0 < km <= 20100):
            raise CommandError(f"{text!r} is not on the globe", hint=hint)
        return cls(latitude, longitude, km)


@dataclass(frozen=True)
class Filter:
    """The images that may be found, all when ``only`` is None, and how far off each is in km."""

    only: list[str] | None
    distances: dict[str, float]


def read_filter(home: MediaHome, where: str | None, near: str | None) -> Filter:
    """The images for which the condition holds and that lie within the radius.

    Raises CommandError for a condition or a place that cannot be understood.
    """
    allowed = None if where is None else matching(home, where)
    if near is None:
        return Filter(allowed, {})
    place = Near.parse(near)
    values = [place.latitude, place.latitude, place.longitude, place.km]
    within = dict(own_rows(home.warehouse, WITHIN, values=values).rows)
    kept = within if allowed is None else {key: within[key] for key in within if key in allowed}
    return Filter(list(kept), kept)


def matching(home: MediaHome, where: str) -> list[str]:
    """Ids of the images for which the condition holds, the newest first."""
    sql = f"select image_id from images where ({where}\n) order by landed_at desc, image_id"  # noqa: S608 - the user's own SQL, run without rights
    try:
        return [str(image_id) for (image_id,) in read_only_rows(home.warehouse, sql).rows]
    except QueryError as error:
        why = why_unusable(error, where, partial(read_only_rows, home.warehouse))
        raise CommandError(
            f"--where cannot be used: {why}",
            hint="it is a condition on the columns of images: \"taken_at > '2020-01-01' and "
            "camera_make = 'Canon'\"",
        ) from error
