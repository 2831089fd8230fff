"""Writers, compactor, publisher and readers at once: nobody sees an error or part of a batch.

``python -m tests.torture.concurrency --seconds 600`` starts four writers of marked batches, a
compactor that deletes soon, a publisher of the real SQL models, and readers: Python on the rows, on
the live views and on the published file, and the real ``media sql`` on both. Every reader checks
that each batch is there whole and that none is lost again. In the end the live views, the published
file and one that is made from nothing must hold the same rows.
"""

import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import polars as pl

from command_line.queries.tables import Tables, prepare
from dbt_like_sql.model_files import models_version
from dbt_like_sql.models import build_views
from dbt_like_sql.updated_tables import update_tables
from resources.configuration.media_home import MediaHome
from resources.rows.compaction import compact
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.warehouse.live_views import publish_live_views
from resources.warehouse.publication import publish
from tests.support.child_processes import started
from tests.support.own_frames import own_query

MEDIA = Path(sys.executable).with_name("media")
TABLE = "image/torture_mark"
SCHEMA = pl.Schema({"image_id": pl.String(), "batch": pl.String(), "number": pl.Int64()})
ROWS_PER_BATCH = 25
IMAGES = 400
GRACE = timedelta(seconds=5)
"""An hour in the product; no query takes so long here, with the machine at its limits."""

BATCHES = "select batch, count(*) as size from image_history.torture_mark group by batch"
WHOLE_AND_PART = (
    f"select count(*) filter (size = {ROWS_PER_BATCH}) as whole, "
    f"count(*) filter (size != {ROWS_PER_BATCH}) as part from ({BATCHES})"
)
CHECKSUM = "select count(*), sum(hash(image_id, batch, number, _seq, _row)::hugeint) from {table}"
CHECKED = ("image.torture_mark", "image_history.torture_mark")
ROLES = ("write",) * 4 + ("fold", "publish", "rows", "live", "published", "cli_live", "cli")
STOP_SECONDS = 120
BEGUN = "begun"


class Torn(Exception):
    """A reader saw part of a batch, or a batch that was there is gone."""


def declared(home: MediaHome) -> RowStore:
    store = RowStore(home.rows)
    store.declare(Table(TABLE, SCHEMA, ("image_id",), "A table of this test."))
    return store


def write(home: MediaHome, number: str) -> Iterator[int]:
    store, chance = declared(home), random.Random(number)
    for count in itertools.count(1):
        ids = [f"image-{chance.randrange(IMAGES)}" for _ in range(ROWS_PER_BATCH)]
        marks = {"batch": [f"{number}-{count}"] * ROWS_PER_BATCH, "number": range(ROWS_PER_BATCH)}
        frame = pl.DataFrame({"image_id": ids, **marks}, schema=SCHEMA)
        store.append(TABLE, frame, run_id=number, producer={})
        yield count
        time.sleep(0.05)


def fold(home: MediaHome, _: str) -> Iterator[int]:
    store, deleted = declared(home), 0
    while True:
        deleted += compact(store, TABLE, min_commits=8, max_bases=3, grace=GRACE).deleted
        yield deleted
        time.sleep(0.2)


def publish_again(home: MediaHome, _: str) -> Iterator[int]:
    store = declared(home)
    for count in itertools.count(1):
        publish(home, store, update_tables)
        publish_live_views(home, store, build_views, models_version())
        yield count


def read_rows(home: MediaHome) -> tuple[int, int]:
    sizes = declared(home).scan(TABLE).group_by("batch").agg(pl.len()).collect()["len"]
    whole = int((sizes == ROWS_PER_BATCH).sum())
    return whole, len(sizes) - whole


def read_live(home: MediaHome) -> tuple[int, int]:
    return Tables(home).rows(WHOLE_AND_PART)[0]  # type: ignore[return-value]


def read_published(home: MediaHome) -> tuple[int, int]:
    return own_query(home.warehouse, WHOLE_AND_PART).rows()[0]  # type: ignore[return-value]


def ask_media(home: MediaHome, *options: str) -> tuple[int, int]:
    command = [MEDIA, "sql", "--format", "csv", *options, WHOLE_AND_PART]
    environment = {**os.environ, "MEDIA_HOME": str(home.root)}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if said.returncode:
        raise Torn(f"media sql {options} ends with {said.returncode}: {said.stderr}")
    whole, part = said.stdout.splitlines()[1].split(",")
    return int(whole), int(part)


READERS: dict[str, Callable[[MediaHome], tuple[int, int]]] = {
    "rows": read_rows,
    "live": read_live,
    "published": read_published,
    "cli_live": lambda home: ask_media(home, "--live"),
    "cli": ask_media,
}
WORKERS = {"write": write, "fold": fold, "publish": publish_again}


def read_again(home: MediaHome, role: str) -> Iterator[int]:
    before = 0
    for count in itertools.count(1):
        whole, part = READERS[role](home)
        if part or whole < before:
            raise Torn(f"{role}: {whole} whole batches after {before}, {part} in part")
        before = whole
        yield count


def play(home: MediaHome, role: str, number: str, stop: Path) -> None:
    """Play one role until the file ``stop`` is there; say that it began, and what was done."""
    rounds = WORKERS[role](home, number) if role in WORKERS else read_again(home, role)
    done = next(rounds)
    sys.stdout.write(f"{BEGUN}\n")
    sys.stdout.flush()
    while not stop.exists():
        done = next(rounds)
    sys.stdout.write(f"{done}\n")


def prepared(root: Path) -> MediaHome:
    home = MediaHome(root)
    prepare(home)
    publish(home, declared(home), update_tables)
    publish_live_views(home, declared(home), build_views, models_version())
    return home


def torture(root: Path, seconds: float) -> tuple[list[str], dict[str, int]]:
    """What is wrong after so many seconds, and what each role has done."""
    home, stop = prepared(root), root / "stop"
    script = [sys.executable, "-m", "tests.torture.concurrency", "--home", str(root), "--role"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    wrong, done = [], {}
    with ExitStack() as all_ended:
        commands = {f"{role}{n}": [*script, role, str(n)] for n, role in enumerate(ROLES)}
        players = {
            name: all_ended.enter_context(started(command, **pipes))
            for name, command in commands.items()
        }
        for player in players.values():
            player.stdout.readline()  # its programs are loaded; empty when it died of it
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not any(p.poll() for p in players.values()):
            time.sleep(0.2)
        stop.touch()
        for name, player in players.items():
            printed, errors = player.communicate(timeout=STOP_SECONDS)
            done[name] = int(printed or 0)
            if player.returncode or errors:
                wrong.append(f"{name} ended with {player.returncode}: {errors}")
    return wrong + differences(home), done


def differences(home: MediaHome) -> list[str]:
    """Where the live views, the published file and a rebuilt one do not hold the same rows."""
    store = declared(home)
    publish(home, store, update_tables)
    updated, live = checksums(home, home.warehouse), checksums(home, home.live)
    home.warehouse.unlink()
    publish(home, store, update_tables)
    rebuilt = checksums(home, home.warehouse)
    return [
        f"{name}: {found}, rebuilt from the rows: {rebuilt}"
        for name, found in (("live views", live), ("published file", updated))
        if found != rebuilt
    ]


def checksums(home: MediaHome, database: Path) -> list[tuple[object, ...]]:
    queries = [CHECKSUM.format(table=table) for table in CHECKED]
    return [own_query(database, q, readable=home.rows).rows()[0] for q in queries]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--role", nargs=2)
    chosen = parser.parse_args()
    if chosen.role:
        play(MediaHome(chosen.home), *chosen.role, stop=chosen.home / "stop")
        return
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        wrong, done = torture(Path(folder), chosen.seconds)
    sys.stdout.write("\n".join([f"{done}", *wrong, f"{len(wrong)} faults", ""]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
