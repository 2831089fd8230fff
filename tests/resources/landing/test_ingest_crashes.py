"""Files that are being written, processes that are killed, disks that are full, lost ledgers."""

import fcntl
import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.configuration.settings import LandingRoot, Settings
from resources.landing.ingest import IngestResult, confirm, look_at_landing
from resources.rows.row_store import RowStore
from resources.sources.source_rows import ORIGINAL, SIGHTING, stored_rows
from tests.support.child_processes import started

ROOT = Path(__file__).parents[3]

SLOW_WRITER = """
import sys, time
path, pause_s, reopen = sys.argv[1], float(sys.argv[2]), sys.argv[3] == "reopen"
file = open(path, "wb")
for piece in range(6):
    file.write(bytes([piece]) * 10_000)
    file.flush()
    if reopen:
        file.close()
    time.sleep(pause_s)
    if reopen:
        file = open(path, "ab")
file.close()
"""
WRITTEN = b"".join(bytes([piece]) * 10_000 for piece in range(6))


def grants_leases(folder: Path) -> bool:
    """Whether the file system can say that nobody writes to a file."""
    probe = folder / "probe"
    probe.touch()
    with probe.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError:
            return False
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    probe.unlink()
    return True


@pytest.mark.parametrize(
    ("pause_s", "manner", "settle_s"),
    [(0.1, "reopen", 0.5), (0.3, "keep_open", 0.05)],
    ids=["pauses_shorter_than_the_wait", "pauses_longer_than_the_wait_but_stays_open"],
)
@pytest.mark.parametrize("mode", ["move", "reference"])
def test_a_half_copied_file_is_never_taken(
    tmp_path: Path, make_landing: Any, mode: str, pause_s: float, manner: str, settle_s: float
) -> None:
    """A real writer; in move mode, taking the file early would lose its end for good."""
    if manner == "keep_open" and not grants_leases(tmp_path):
        pytest.skip("this file system cannot tell who writes to a file")
    landing = make_landing(mode, settle_seconds=settle_s)
    path = landing.folder / "photo.jpg"
    command = [sys.executable, "-c", SLOW_WRITER, path, str(pause_s), manner]
    with started(command) as writer:
        while writer.poll() is None:
            look_at_landing(landing.settings)
            time.sleep(0.02)
    look_at_landing(landing.settings)
    time.sleep(settle_s * 2)
    look_at_landing(landing.settings)

    assert landing.originals["sha256"].to_list() == [hashlib.sha256(WRITTEN).hexdigest()]
    assert landing.sightings.height == 1


def dropped(folder: Path, count: int) -> None:
    """A batch with copies, loose files and files in folders."""
    for number in range(count):
        path = folder / ("job" if number % 3 else ".") / f"{number:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture %d" % (number // 2) * 2000)


def facts(settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame, set[str]]:
    """What is on record and kept, without what depends on when and where."""
    rows = RowStore(settings.media_home.rows)
    originals = stored_rows(rows, ORIGINAL, after_seq="")
    sightings = stored_rows(rows, SIGHTING, after_seq="")
    names = ["image_id", "sha256", "path", "size_bytes", "file_name", "batch"]
    kept = settings.media_home.originals.rglob("*")
    return (
        originals.select(names[:5]).sort("image_id"),
        sightings.select([*names[:5], "is_new"]).sort("path"),
        {path.name for path in kept if path.is_file()},
    )


def look_until_done(settings: Settings) -> IngestResult:
    for _ in range(100):
        result = look_at_landing(settings)
        if result.waiting_count == 0:
            break
        time.sleep(0.02)
    return result


def test_looks_that_are_killed_again_and_again_leave_what_undisturbed_ones_leave(
    tmp_path: Path, make_landing: Any
) -> None:
    """Processes that start within milliseconds, so that kills hit the work, not the imports."""
    chosen = {"settle_seconds": 0.01, "batch_size": 20, "hash_seconds_per_tick": 1e-9}
    calm = make_landing(**chosen)
    dropped(calm.folder, 400)
    look_until_done(calm.settings)
    expected = facts(calm.settings)
    folder = tmp_path / "stormy"
    dropped(folder, 400)
    root = LandingRoot(name="archive", path=folder)
    settings = Settings(home=tmp_path / "home2", landing_roots=(root,), **chosen)
    chance = random.Random(7)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["resources.landing.ingest"])

    look_at_landing(settings)
    exit_codes = []
    for _ in range(40):
        process = processes.Process(target=look_at_landing, args=(settings,))
        process.start()
        process.join(chance.uniform(0.01, 0.1))
        process.kill()
        process.join()
        exit_codes.append(process.exitcode)
    result = look_until_done(settings)

    assert exit_codes.count(-signal.SIGKILL) > 10
    originals, sightings, kept = facts(settings)
    assert originals.equals(expected[0])
    assert sightings.equals(expected[1])
    assert kept == expected[2], "no copy is missing and no partial one is left"
    assert not [path for path in folder.rglob("*") if path.is_file()]
    offered = [image_id for chunk in result.chunks for image_id in chunk.source_ids]
    assert sorted(offered) == originals["image_id"].to_list()


@pytest.mark.parametrize("damage", ["deleted", "garbage", "other layout"])
@pytest.mark.parametrize("mode", ["move", "reference"])
def test_a_lost_ledger_is_made_again_from_the_rows(
    make_landing: Any, mode: str, damage: str
) -> None:
    landing = make_landing(mode, batch_size=3)
    dropped(landing.folder, 12)
    landing.drop("list.lst", b"job/001.jpg\nabsent.jpg")
    landing.settle()
    before = landing.look(after_s=10)
    rows = [landing.rows(table).height for table in (ORIGINAL, SIGHTING)]
    ledger = landing.settings.media_home.ledger

    if damage == "deleted":
        ledger.unlink()
    elif damage == "garbage":
        ledger.write_bytes(b"no database" * 1000)
    else:
        with closing(sqlite3.connect(ledger)) as database:
            database.execute("pragma user_version = 99")
    landing.settle()
    after = landing.look(after_s=10)

    assert after.chunks == before.chunks
    assert after.waiting_count == 0
    assert [landing.rows(table).height for table in (ORIGINAL, SIGHTING)] == rows
    assert landing.events.filter(event="listed_missing").height == 1
    landing.drop("copy.jpg", b"picture 0" * 2000)
    assert landing.settle().accepted_count == 0


def test_a_ledger_damaged_deep_inside_is_made_again_without_a_word(archive: Any) -> None:
    """Its first page is sound: it opens, and turns out to be malformed while it is in use."""
    for number in range(40):
        archive.drop(f"{number}.jpg", b"picture %d" % number)
    archive.settle()
    offered = [chunk.id for chunk in archive.look().chunks]
    ledger = archive.settings.media_home.ledger
    page = 4096
    pages = ledger.stat().st_size // page
    with ledger.open("r+b") as file:
        file.seek(page)
        file.write(b"\xa5" * page * (pages - 1))

    found = archive.look()

    assert [chunk.id for chunk in found.chunks] == offered
    assert (found.read_count, found.accepted_count, found.problems) == (0, 0, ())
    assert archive.originals.height == 40


def test_a_lost_ledger_does_not_make_an_archive_be_read_again(archive: Any) -> None:
    dropped(archive.folder, 12)
    archive.settle()
    archive.settings.media_home.ledger.unlink()

    assert archive.settle().read_count == 0


def test_a_ledger_from_an_old_backup_catches_up_with_the_rows(archive: Any) -> None:
    ledger = archive.settings.media_home.ledger
    archive.drop("a.jpg", b"a")
    archive.settle()
    backup = shutil.copy(ledger, ledger.with_name("backup.sqlite"))
    archive.drop("b.jpg", b"b")
    chunks = archive.settle().chunks
    os.replace(backup, ledger)  # noqa: PTH105
    archive.drop("c.jpg", b"b")

    assert archive.settle().accepted_count == 0
    assert archive.look().chunks == chunks
    assert archive.originals.height == 2


def test_a_confirmed_chunk_stays_confirmed_while_the_ledger_lives(archive: Any) -> None:
    archive.drop("a.jpg")
    (chunk,) = archive.settle().chunks
    confirm(archive.settings.media_home, [chunk.id])

    assert archive.settle().chunks == ()


def test_a_lost_copy_is_made_again_when_the_same_bytes_land(landing: Any) -> None:
    landing.drop("a.jpg", b"bytes")
    landing.settle()
    (kept,) = landing.settings.media_home.originals.rglob("*.jpg")
    kept.unlink()

    landing.drop("other.png", b"bytes")
    landing.settle()

    assert kept.read_bytes() == b"bytes"


UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] * (os.geteuid() == 0)
LOOK_TWICE = """
import sys, time
from contextlib import closing
from pathlib import Path
from resources.landing.ingest import look_at_landing
from resources.configuration.settings import LandingRoot, Settings
home, folder, mode = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
root = LandingRoot(name="archive", path=folder, mode=mode)
settings = Settings(home=home, landing_roots=(root,), settle_seconds=0.01)
look_at_landing(settings)
time.sleep(0.02)
print(look_at_landing(settings).message)
"""


def look_in_a_process(command: list[str], landing: Any, mode: str) -> str:
    """A message of a look whose process has no special rights (tests may run as root)."""
    home = landing.settings.home
    arguments = [sys.executable, "-c", LOOK_TWICE, home, landing.folder, mode]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, *arguments], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("mode", ["move", "reference"])
def test_an_unreadable_file_or_folder_is_named_and_stops_nothing(
    make_landing: Any, mode: str
) -> None:
    landing = make_landing(mode)
    landing.drop("a/locked.jpg", b"1")
    landing.drop("b/locked/x.jpg", b"2")
    landing.drop("c/fine.jpg", b"3")
    (landing.folder / "a" / "locked.jpg").chmod(0)
    (landing.folder / "b" / "locked").chmod(0)

    message = look_in_a_process(UNPRIVILEGED, landing, mode)

    assert message == (
        "2 files: 1 new, 1 still settling or waiting; "
        "archive: a/locked.jpg: cannot be read (Permission denied); "
        "archive: b/locked: cannot be read (Permission denied)"
    )
    assert landing.originals["file_name"].to_list() == ["fine.jpg"]
    assert landing.left_out == {
        ("unreadable", "a/locked.jpg", "cannot be read (Permission denied)"),
        ("unreadable", "b/locked", "cannot be read (Permission denied)"),
    }
    (landing.folder / "a" / "locked.jpg").chmod(0o644)
    (landing.folder / "b" / "locked").chmod(0o755)
    assert look_in_a_process(UNPRIVILEGED, landing, mode).endswith(" files: 2 new")
    assert landing.left_out == set()


def test_a_taken_file_that_cannot_be_removed_is_named_and_not_taken_twice(landing: Any) -> None:
    landing.drop("locked/a.jpg", b"1")
    folder = landing.folder / "locked"
    folder.chmod(0o555)
    try:
        messages = [look_in_a_process(UNPRIVILEGED, landing, "move") for _ in range(2)]
    finally:
        folder.chmod(0o755)

    problem = "archive: locked/a.jpg: it is taken, but cannot be removed from here"
    assert all(problem in message for message in messages)
    assert (landing.originals.height, landing.sightings.height) == (1, 1)
    assert look_in_a_process(UNPRIVILEGED, landing, "move") == "0 files: nothing new"
    assert landing.left == []
