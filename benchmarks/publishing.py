"""What new images cost in a large home until they are published and searchable.

``python -m benchmarks.publishing [IMAGES]``; a home of 20,000 without an argument. The images come
into a process that is warm, as the service is: one is taken in before the one that is measured.
From the file in the landing folder to the search index: look, run, tables, search, duplicates,
clusters. The derivatives' own work is measured in a home that holds next to nothing, where all that
grows with a home costs nothing. Text is not read in either.
"""

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.bars import check, note
from benchmarks.photographs import make_small_pictures
from benchmarks.processes import Cost, cost_of_command, cost_of_work
from benchmarks.synthetic_home import WITHOUT_READING, make_home
from dbt_like_sql.published_tables import publication_request
from media_assets.search.ranking.search_index import needs_refresh
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from sensors.unpublished_rows import what_is_there

IMAGES = 20_000
BAR_ONE = 3.0
"""CPU-seconds of one image until it is searchable."""

MANY, BAR_MANY = 100, 1.5
"""So many images may cost so many times what they cost in a home of themselves."""

BAR_NOTHING = 0.05
"""CPU-seconds of a look that finds nothing new: nothing, as far as it can be measured."""

NUMBERS = 900_000
"""Of pictures that no synthetic home has."""


def costs_of(home: Path, folders: list[Path]) -> list[Cost]:
    """The cost of each folder's pictures in one warm process."""
    environment = {
        "MEDIA_HOME": str(home),
        "MEDIA_SETTLE_SECONDS": "0.1",
        **{f"MEDIA_{name}": value for name, value in WITHOUT_READING.items()},
    }
    command = [sys.executable, "-m", "benchmarks.warm_process", *map(str, folders)]
    lines = cost_of_command(command, environment=environment).output.splitlines()
    return [Cost(**json.loads(line)) for line in lines if line.startswith("{")]


def new_pictures(folder: Path) -> list[Path]:
    """Three folders of new pictures: one to get warm, one of one, one of many."""
    sizes = {"warming": 1, "one": 1, "many": MANY}
    folders, first = [], NUMBERS
    for name, count in sizes.items():
        make_small_pictures(folder / name, count, first=first)
        folders.append(folder / name)
        first += count
    return folders


def nothing_new(home: Path) -> float:
    """CPU-seconds of the looks that find tables and search up to date."""
    where = MediaHome(home)
    if publication_request(where, RowStore(where.rows)) is not None or needs_refresh(where):
        raise RuntimeError("tables or search are not up to date")

    def looks() -> None:
        what_is_there(where)
        needs_refresh(where)

    looks()  # the modules are loaded
    return cost_of_work(looks).cpu_seconds


def main(count: int = IMAGES) -> bool:
    """Print what one image, many and none cost; return whether all bars are met."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        held = len(make_home(root / "home", count))
        _, one, many = costs_of(root / "home", new_pictures(root / "new"))
        nothing = nothing_new(root / "home")
        _, _, own = costs_of(root / "empty", new_pictures(root / "again"))
    print(f"New images in a home of {held:,}, CPU-seconds until they are searchable")
    note(f"{MANY} images in a home of their own", own.cpu_seconds, "s")
    return all(
        [
            check("one image", one.cpu_seconds, BAR_ONE, "s"),
            check(
                f"{MANY} images, times their own cost", many.cpu_seconds / own.cpu_seconds, BAR_MANY
            ),
            check("a look with nothing new", nothing, BAR_NOTHING, "s"),
        ]
    )


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
