"""Ingest is killed once at every step that it takes on the disk; the next look always finishes.

A step is a folder made, a file renamed or removed: the places between commits where a kill could
lose a picture or count it twice. (The random kills of test_ingest_crashes hit the long steps.)
"""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from resources.rows.row_store import RowStore
from resources.sources.source_rows import BATCH_EVENT, ORIGINAL, SIGHTING, stored_rows

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
    return Settings(home=base / "home", landing_roots=(root,), settle_seconds=0.01)

def looks(settings):
    for _ in range(4):
        look_at_landing(settings)
        time.sleep(0.015)

def looks_killed_at(settings, step):
    look_at_landing(settings)
    time.sleep(0.015)
    steps = 0
    def count(event, args):
        nonlocal steps
        is_new = event != "os.mkdir" or not os.path.exists(args[0])
        if event in STEPS and is_new:
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    looks(settings)

def in_a_fork(work, *arguments):
    child = os.fork()
    if child == 0:
        work(*arguments)
        os._exit(0)
    return os.waitpid(child, 0)[1]

base, mode = Path(sys.argv[1]), sys.argv[2]
for step in range(1, 200):
    settings = settings_for(base / f"{step:03}", mode)
    status = in_a_fork(looks_killed_at, settings, step)
    if status == 0:
        break
    assert status == signal.SIGKILL, status
    assert in_a_fork(looks, settings) == 0
"""


def facts(base: Path) -> list[object]:
    """What one installation has on record, keeps and leaves lying."""
    rows = RowStore(base / "home" / "rows")
    wanted = [
        (ORIGINAL, ["image_id", "sha256", "file_name", "batch"]),
        (SIGHTING, ["image_id", pl.col("file_name"), "batch", "is_new"]),
        (BATCH_EVENT, ["batch", "event", pl.col("detail").str.replace(str(base), "")]),
    ]
    tables = [
        sorted(stored_rows(rows, table, after_seq="").select(columns).rows())
        for table, columns in wanted
    ]
    kept = sorted(path.name for path in (base / "home" / "originals").rglob("*.*"))
    left = sorted(path.name for path in (base / "in").rglob("*.*"))
    return [*tables, kept, left]


@pytest.mark.parametrize("mode", ["move", "reference"])
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path, mode: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SWEEP, tmp_path, mode]
    subprocess.run(command, env=environment, check=True)  # noqa: S603 - our own script

    *killed, undisturbed = sorted(tmp_path.iterdir())
    expected = facts(undisturbed)
    assert len(killed) > 10
    assert {base.name: facts(base) for base in killed} == {base.name: expected for base in killed}
    assert (len(expected[0]), len(expected[1])) == (3, 5)
