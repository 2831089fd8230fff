"""The main job on a disk that fills up: what it cannot finish it leaves open, and says why.

(Ingest alone: tests/resources/landing/test_ingest_disk_full.py.)
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.resources.landing.test_ingest_disk_full import MOUNT, ON_A_SMALL_DISK, needs_mount

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
STORY = """
import contextlib, json, os, sys
from pathlib import Path
import sqlalchemy.exc
from media_assets.media import image_recipes
from resources.stores.free_space import has_room
from tests.support.main_job import main_job, pictures

disk = Path(sys.argv[1])
told = {}

def fill(leave):
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(10_000))
    with (disk / "filler").open("r+b") as file:
        file.truncate(max(0, (disk / "filler").stat().st_size - leave))

def facts(job):
    home = job.settings.home
    rows = {n: job.store.scan(f"image/{n}").collect().to_dicts() for n in image_recipes()}
    absent = [f["path"] for r in rows.values() for row in r for f in row["files"] or []
              if not (home / f["path"]).exists()]
    done = {n: len({row["image_id"] for row in r if row["outcome"] == "ok"})
            for n, r in rows.items()}
    return {"absent": absent, "done": sorted(set(done.values())),
            "partials": len(list((home / "derivatives").glob(".*.partial")))}

with main_job(disk / "home") as job:
    job.drop("before", pictures(2))
    job.work()
    told["before"] = facts(job)

    fill(leave=1_500_000)
    job.drop("while", pictures(3, first=10))
    told["has_room"] = has_room(job.settings)
    worked = job.work()
    told["while"] = facts(job)
    told["message"] = "; ".join(map(str, worked.problems))
    told["runs"] = len(worked.runs)

    (disk / "filler").unlink()
    job.work()
    told["after"] = facts(job)

os.environ["MEDIA_RESERVE_BYTES"] = "0"
with main_job(disk / "home") as job:
    fill(leave=900_000)
    job.drop("no reserve", pictures(3, first=20))
    try:
        job.work()
    except (OSError, sqlalchemy.exc.OperationalError) as error:
        told["error"] = type(error).__name__
    told["full"] = facts(job)
    (disk / "filler").unlink()

del os.environ["MEDIA_RESERVE_BYTES"]
with main_job(disk / "home") as job:
    job.work()
    from media_assets.images.medium import images
    from schedules.unfinished_sources import requests_for, unfinished
    for _ in range(2):
        if found := unfinished(job.settings, job.instance, images):
            job.carry_out(requests_for(images, job.instance, found))
    told["in the end"] = facts(job)
    told["gaps"] = job.sql("select count(*) from gaps where can_change")
print(json.dumps(told))
"""


def run_on_a_small_disk(tmp_path: Path) -> dict[str, Any]:
    """What the story tells when MEDIA_HOME lies on a file system of 72 MB."""
    command = [*ON_A_SMALL_DISK, MOUNT.replace("16m", "72m"), "sh", tmp_path, sys.executable]
    done = subprocess.run(
        [*command, "-c", STORY, tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@needs_mount
def test_runs_wait_for_space_lose_nothing_and_go_on(tmp_path: Path) -> None:
    told = run_on_a_small_disk(tmp_path)

    assert told["before"]["done"] == [2]
    assert told["has_room"] is False
    assert "the disk is nearly full" in told["message"]
    assert (told["while"], told["runs"]) == (told["before"], 0)
    assert told["after"]["done"] == [5]
    assert [told[moment]["absent"] for moment in ("while", "full", "in the end")] == [[], [], []]
    assert told["in the end"] == {"absent": [], "done": [8], "partials": 0}
    assert told["gaps"] == [[0]]
