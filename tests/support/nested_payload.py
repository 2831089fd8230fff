"""A payload with files of its own and files in a list, as regions of a picture have them."""

from dataclasses import dataclass

from resources.stores.content_store import StoredFile


@dataclass(frozen=True)
class Region:
    """One numbered part, with a file of its own."""

    part: int
    crop: StoredFile


@dataclass(frozen=True)
class Regions:
    """The parts, and a sheet with all of them."""

    sheet: StoredFile
    regions: list[Region]
