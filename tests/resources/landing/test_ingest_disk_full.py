"""A disk without room: ingest waits, says so, loses nothing and goes on by itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ON_A_SMALL_DISK = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]
MOUNT = 'mount -t tmpfs -o size=16m,mode=700 tmpfs "$1" && shift && exec "$@"'

FILL_AND_FREE = """
import os, sys, time
from contextlib import suppress
from pathlib import Path
from resources.landing.ingest import look_at_landing
from resources.sources.source_rows import ORIGINAL, stored_rows
from resources.rows.row_store import RowStore
from resources.configuration.settings import LandingRoot, Settings

home, folder = Path(sys.argv[1]), Path(sys.argv[2])
settings = Settings(
    home=home, landing_roots=(LandingRoot(name="in", path=folder),), settle_seconds=0.01
)

def look():
    look_at_landing(settings)
    time.sleep(0.02)
    result = look_at_landing(settings)
    originals = stored_rows(RowStore(home / "rows"), ORIGINAL, after_seq="").height
    kept = sum(path.is_file() for path in (home / "originals").rglob("*"))
    left = sum(path.is_file() for path in folder.rglob("*"))
    print(originals, kept, left, result.waiting_count, result.message.partition(";")[2].strip())

look()
filler = home / "filler"
with suppress(OSError), filler.open("wb", buffering=0) as file:
    for _ in range(SIZE // 1000):
        file.write(bytes(1000))
for number in range(4):
    (folder / f"{number}.jpg").write_bytes(os.urandom(1_000_000))
look()
look()
filler.unlink()
look()
"""


def run_on_a_small_disk(tmp_path: Path, filler_bytes: int) -> list[str]:
    """What the script prints while MEDIA_HOME is a file system of 16 MB."""
    home, folder = tmp_path / "home", tmp_path / "in"
    home.mkdir()
    folder.mkdir()
    script = FILL_AND_FREE.replace("SIZE", str(filler_bytes))
    command = [*ON_A_SMALL_DISK, MOUNT, "sh", home, sys.executable, "-c", script, home, folder]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def may_mount() -> bool:
    """Whether this user may have a file system of its own."""
    if shutil.which("unshare") is None:
        return False
    trial = [*ON_A_SMALL_DISK, "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(trial, check=False, capture_output=True).returncode == 0


needs_mount = pytest.mark.skipif(not may_mount(), reason="no user namespaces here")


@needs_mount
def test_files_that_there_is_no_room_for_wait_until_there_is(tmp_path: Path) -> None:
    """5 % of the 16 MB stay free: rows and derivatives need room too."""
    before, full, still_full, after = run_on_a_small_disk(tmp_path, 13_000_000)

    assert before == "0 0 0 0 "
    waiting = (
        "2 2 2 2 originals: .: the disk is nearly full: new files stay where they are "
        "until there is room for them and 1 GiB (5 % on a small disk) to spare"
    )
    assert [full, still_full] == [waiting, waiting]
    assert after == "4 4 0 0 "


@needs_mount
def test_a_disk_without_any_room_is_named_and_costs_nothing(tmp_path: Path) -> None:
    """Not even the ledger can be written then."""
    before, full, still_full, after = run_on_a_small_disk(tmp_path, 20_000_000)

    assert before == "0 0 0 0 "
    assert full.startswith("0 0 4 0 home: .: the disk is nearly full")
    assert still_full == full
    assert after == "4 4 0 0 "
