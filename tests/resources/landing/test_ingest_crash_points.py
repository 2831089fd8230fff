"""Ingest is killed once at every step that it takes on the disk; the next look always finishes.

A step is a folder made, a file renamed or removed: the places between commits where a kill could
lose a picture or count it twice. (The random kills of test_ingest_crashes hit the long steps.)
An asset that makes children of a source is killed in the same way, between the same looks.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.landing.ledger import LandingLedger
from resources.rows.row_store import RowStore
from resources.sources.source_rows import BATCH_EVENT, ORIGINAL, SIGHTING, stored_rows
from resources.stores.content_store import PARTIAL_NAME

ROOT = Path(__file__).parents[3]

SWEEP = """
import os, signal, sys, time
from pathlib import Path
from resources.landing.ingest import look_at_landing
from resources.configuration.settings import LandingRoot, Settings

STEPS = {"os.rename", "os.remove", "os.mkdir"}

def settings_for(base, mode):
    folder = base / "in"
    (folder / "job").mkdir(parents=True)
    for number in range(4):
        (folder / "job" / f"{number}.jpg").write_bytes(b"%d" % (number // 2))
    (base / "listed.jpg").write_bytes(b"listed")
    (folder / "best.lst").write_text("../listed.jpg" + chr(10) + "absent.jpg")
    root = LandingRoot(name="in", path=folder, mode=mode)
    return Settings(
        home=base / "home", landing_roots=(root,), list_folders=(base,), settle_seconds=0.01
    )

def first_look(settings):
    look_at_landing(settings)
    time.sleep(0.015)

def looks(settings):
    for _ in range(4):
        first_look(settings)

def killed_at(step, before, work, settings):
    before(settings)
    steps = 0
    def count(event, args):
        nonlocal steps
        is_new = event != "os.mkdir" or not os.path.exists(args[0])
        if event in STEPS and is_new:
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    work(settings)

def in_a_fork(work, *arguments):
    child = os.fork()
    if child == 0:
        work(*arguments)
        os._exit(0)
    return os.waitpid(child, 0)[1]

def sweep(before, work):
    base, mode = Path(sys.argv[1]), sys.argv[2]
    for step in range(1, 200):
        settings = settings_for(base / f"{step:03}", mode)
        status = in_a_fork(killed_at, step, before, work, settings)
        if status == 0:
            break
        assert status == signal.SIGKILL, status
        assert in_a_fork(work, settings) == 0
"""

LOOKS = """
sweep(first_look, looks)
"""

CHILDREN = """
from datetime import UTC, datetime
import polars as pl
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.acceptance import Arrival, accept
from resources.sources.source_rows import ORIGINAL
from resources.stores.content_store import ContentStore

CHILD = pl.Struct({name: pl.String() for name in ("source_id", "sha256", "place")})
PAGES = Table(
    "book/pages", pl.Schema({"book_id": pl.String(), "children": pl.List(CHILD)}), ("book_id",), ""
)
CONTENTS = (b"page 1", b"page 2", b"1", b"page 1")  # one has landed too, one comes twice

def make_children(settings):
    home, rows = settings.media_home, RowStore(settings.media_home.rows)
    rows.declare(PAGES)
    parent = rows.scan(ORIGINAL.name).filter(pl.col("file_name") == "0.jpg").first().collect()
    (book,) = parent.to_dicts()
    if rows.current(PAGES.name, [book["image_id"]]).height:
        return
    kept = [ContentStore(home.originals).put(content, ".png", "image/png") for content in CONTENTS]
    arrivals = [
        Arrival(
            one.sha256, one.size_bytes, b"page.png", "move", one.path.encode(),
            parent_id=book["image_id"], place='{"page": %d}' % number,
        )
        for number, one in enumerate(kept)
    ]
    where = {"root": book["root"], "batch": book["batch"], "now": datetime.now(UTC)}
    accepted = accept(home, rows, arrivals, **where, chunk_size=1)
    children = [
        {"source_id": one.source_id, "sha256": one.arrival.sha256, "place": one.arrival.place}
        for one in accepted
    ]
    row = pl.DataFrame([{"book_id": book["image_id"], "children": children}], schema=PAGES.schema)
    rows.append(PAGES.name, row, run_id="pages", producer={})

def children_and_looks(settings):
    make_children(settings)
    looks(settings)

sweep(looks, children_and_looks)
"""


def facts(base: Path) -> list[Any]:
    """What one installation has on record, keeps and leaves lying."""
    rows = RowStore(base / "home" / "rows")
    wanted = [
        (ORIGINAL, ["image_id", "sha256", "file_name", "batch"]),
        (SIGHTING, ["image_id", pl.col("file_name"), "batch", "is_new"]),
        (BATCH_EVENT, ["batch", "event", "files", pl.col("detail").str.replace_all(str(base), "")]),
    ]
    tables = [
        sorted(stored_rows(rows, table, after_seq="").select(columns).rows())
        for table, columns in wanted
    ]
    kept = sorted(path.name for path in (base / "home" / "originals").rglob("*.*"))
    left = sorted(path.name for path in (base / "in").rglob("*.*"))
    return [*tables, kept, left]


def swept(tmp_path: Path, mode: str, work: str) -> list[Path]:
    """An installation for each step at which the work was killed, and one where it was not."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SWEEP + work, tmp_path, mode]
    subprocess.run(command, env=environment, check=True)
    return sorted(tmp_path.iterdir())


@pytest.mark.parametrize("mode", ["move", "reference"])
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path, mode: str) -> None:
    *killed, undisturbed = swept(tmp_path, mode, LOOKS)

    expected = facts(undisturbed)
    assert len(killed) > 10
    assert {base.name: facts(base) for base in killed} == {base.name: expected for base in killed}
    assert (len(expected[0]), len(expected[1])) == (3, 5)


def facts_of_children(base: Path) -> list[Any]:
    """The same, who is whose child, what the parent's row says, and what waits for a run."""
    rows = RowStore(base / "home" / "rows")
    originals = stored_rows(rows, ORIGINAL, after_seq="")
    told = ["image_id", "sha256", "parent_id", "place", "_run_id"]
    pages = rows.scan("book/pages").collect().select("book_id", "children").to_dicts()
    with LandingLedger(base / "home" / "landing.sqlite") as ledger:
        chunks = sorted((chunk.id, chunk.source_ids) for chunk in ledger.waiting_chunks(100))
    *known, kept, left = facts(base)
    whole = [name for name in kept if not PARTIAL_NAME.fullmatch(name)]
    return [*known, whole, left, sorted(originals.select(told).rows()), pages, chunks]


@pytest.mark.parametrize("mode", ["move", "reference"])
def test_a_kill_at_any_step_loses_no_child_and_doubles_none(tmp_path: Path, mode: str) -> None:
    """The parent lands, an asset keeps and accepts its children, then commits its own row."""
    *killed, undisturbed = swept(tmp_path, mode, CHILDREN)

    expected = facts_of_children(undisturbed)
    *_, originals, (page,), chunks = expected
    assert len(killed) > 10
    for base in killed:
        assert facts_of_children(base) == expected, base.name
    offered = [source_id for _, members in chunks for source_id in members]
    assert sorted(offered) == sorted({source_id for source_id, *_ in originals})
    assert len(offered) == len(set(offered)) == 5
    assert {child["source_id"] for child in page["children"]} <= set(offered)
    assert [child["place"] for child in page["children"]] == [
        f'{{"page": {number}}}' for number in range(4)
    ]
