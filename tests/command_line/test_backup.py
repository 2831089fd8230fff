"""``media backup`` and ``media restore``: what comes back is what was there, to the last row."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from media_assets.media import image_recipes
from media_assets.tables import RECIPE
from resources.configuration.media_home import MediaHome
from resources.preservation.backup import back_up
from resources.preservation.bag import Bag
from resources.preservation.restore import found_backup, restore_files
from resources.rows.compaction import compact
from tests.command_line.conftest import AskJson, Media
from tests.command_line.test_rebuild import contents
from tests.support.main_job import MainJob, copy_home, files_below, main_job, pictures
from tests.support.running_service import wait_until
from tests.test_crash_recovery import MEDIA, PICTURES, made_files
from tests.test_crash_recovery import media as started_media

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from resources.preservation.backup import back_up
from resources.preservation.bag import Bag
from resources.configuration.media_home import MediaHome
from resources.preservation.restore import found_backup, restore_files
from resources.stores.content_store import sha256_of_file

STEPS = {"os.rename", "os.remove", "shutil.rmtree"}
work, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])

def killed_at(step):
    left = step
    def count(event, args):
        nonlocal left
        left -= event in STEPS
        if event in STEPS and not left:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    if work == "backup":
        back_up(MediaHome(source), target, first_table="ingest/recipe", downstream_first=())
    else:
        with found_backup(source) as backup:
            restore_files(backup, MediaHome(target), with_settings=True)

step = 1
while True:
    child = os.fork()
    if child == 0:
        killed_at(step)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if work == "restore":
        if target.exists():
            break
    else:
        bag = Bag(target)
        bag.info()
        for name, sha256 in bag.manifest().items():
            assert sha256_of_file(bag.root / name) == sha256, (step, name)
    print(step, flush=True)
    if status == 0:
        break
    assert status == signal.SIGKILL, status
    step += int(sys.argv[4])
"""


def restore(backup: Path, home: Path, *options: str) -> Any:
    """``media restore`` in a process of its own: the definitions read the settings once."""
    done = subprocess.run(
        [MEDIA, "--home", home, "restore", backup, "--json", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def is_sound(backup: Path) -> bool:
    """Whether a stranger's tool finds every file of the backup as the manifest says."""
    command = ["sha256sum", "--check", "--quiet", "--strict", "manifest-sha256.txt"]
    return subprocess.run(command, cwd=backup, check=False).returncode == 0


def killed_again_and_again(work: str, source: Path, target: Path, *, every: int) -> int:
    """Kill the work at its 1st step, then at a later one ... until it ends; how often it was."""
    command = [sys.executable, "-c", KILLED, work, source, target, str(every)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return len(done.stdout.split()) - 1


def stored(home: Path) -> set[str]:
    """The files that rows may tell of, by their names."""
    return {path.name for path in files_below(home / "originals", home / "derivatives")}


def test_a_restored_home_holds_the_same_in_every_table_and_file(
    finished: MainJob, tmp_path: Path, ask_json: AskJson
) -> None:
    home, backup = finished.settings.home, tmp_path / "backup"
    compact(finished.store, "image/thumbnails", min_commits=1)
    (home / "settings.toml").write_text("batch_size = 17\n")
    ask_json("rebuild", "--json")
    before, results = contents(finished), finished.results()

    saved = ask_json("backup", str(backup), "--json")

    assert (saved["images"], saved["problems"], saved["retained"]) == (4, [], 0)
    assert is_sound(backup)
    restored = restore(backup, tmp_path / "restored", "--with-settings")
    assert (restored["files"], restored["problems"]) == (saved["files"], [])
    with main_job(tmp_path / "restored") as job:
        assert contents(job) == before
        assert job.results() == results
        assert stored(job.settings.home) == stored(home)
        assert job.settings.batch_size == 17
        for asset in image_recipes():
            assert set(job.statuses(asset).values()) == {"MATERIALIZED"}
        assert job.add("again", pictures(5)).runs != ()
        assert job.sql("select accepted, duplicates from batches where batch = 'again'") == [(1, 4)]


def test_a_later_backup_copies_only_what_is_new(
    finished: MainJob, tmp_path: Path, ask_json: AskJson
) -> None:
    backup = str(tmp_path / "backup")
    first = ask_json("backup", backup, "--json")
    second = ask_json("backup", backup, "--json")
    finished.add("later", pictures(1, first=50))
    third = ask_json("backup", backup, "--json")

    assert second["files"] == first["files"]
    state = [name for name in Bag(Path(backup)).manifest() if "/state-" in name]
    assert second["copied_files"] < len(state)
    assert second["copied_files"] < third["copied_files"] < first["copied_files"]
    assert len(list((tmp_path / "backup" / "data").glob("state-*"))) == 1
    assert is_sound(tmp_path / "backup")


def test_a_backup_keeps_what_the_home_has_lost_but_not_what_was_folded(
    finished: MainJob, tmp_path: Path, ask_json: AskJson
) -> None:
    backup = str(tmp_path / "backup")
    ask_json("backup", backup, "--json")
    original = finished.original_of(finished.keys()[0])
    original.unlink()
    folded = finished.store.files("image/thumbnails")
    compact(finished.store, "image/thumbnails", min_commits=1)
    for path in folded:
        path.unlink()

    again = ask_json("backup", backup, "--json")

    assert (again["retained"], again["problems"]) == (1, [])
    names = {Path(name).name for name in Bag(Path(backup)).manifest()}
    assert original.name in names
    assert not names & {path.name for path in folded}
    assert again["row_counts"]["image/thumbnails"] == 4
    assert is_sound(tmp_path / "backup")


def test_a_decayed_original_is_named_and_its_good_copy_stays(
    finished: MainJob, tmp_path: Path, media: Media
) -> None:
    backup, fresh = tmp_path / "backup", tmp_path / "fresh"
    assert media("backup", str(backup)).exit_code == 0
    original = finished.original_of(finished.keys()[0])
    original.chmod(0o644)
    original.write_bytes(b"decayed")

    for folder, words in ((backup, "the backup has its bytes"), (fresh, "holds other bytes than")):
        result = media("backup", str(folder))

        assert result.exit_code == 1
        assert words in result.output
        assert is_sound(folder)
    assert (original.name in {path.name for path in backup.rglob("*")}) is True
    assert (original.name in {path.name for path in fresh.rglob("*")}) is False


def test_a_copy_that_has_decayed_is_found_and_made_again(
    finished: MainJob, tmp_path: Path, media: Media
) -> None:
    backup = tmp_path / "backup"
    media("backup", str(backup))
    copy = next((backup / "data" / "originals").glob("*/*/*"))
    copy.chmod(0o644)
    copy.write_bytes(bytes(copy.stat().st_size))
    assert not is_sound(backup)

    assert media("backup", str(backup), "--check").exit_code == 0
    assert is_sound(backup)
    assert finished.keys()


def test_a_damaged_file_of_a_backup_harms_only_itself(
    finished: MainJob, tmp_path: Path, media: Media
) -> None:
    backup = tmp_path / "backup"
    media("backup", str(backup))
    copies = sorted((backup / "data" / "derivatives").glob("*/*/*"))
    copies[0].chmod(0o644)
    copies[0].write_bytes(b"damaged")
    copies[1].unlink()

    told = " ".join(restore(backup, tmp_path / "restored")["problems"])

    assert f"{copies[0].name} is damaged in the backup" in told
    assert f"{copies[1].name} is missing from the backup" in told
    lost = {copies[0].name, copies[1].name}
    assert stored(tmp_path / "restored") == stored(finished.settings.home) - lost


def test_unsuitable_folders_are_refused(
    finished: MainJob, finished_home: Path, tmp_path: Path, media: Media
) -> None:
    del finished_home
    home = finished.settings.home
    taken, other = tmp_path / "taken", tmp_path / "other"
    taken.mkdir()
    (taken / "letter.txt").write_text("mine")
    with main_job(tmp_path / "second") as job:
        back_up(job.settings.media_home, other, first_table=RECIPE.name, downstream_first=())
    os.environ["MEDIA_HOME"] = str(home)
    refusals = {
        home / "backup": "overlaps",
        home.parent: "overlaps",
        home / "landing" / "backup": "landing root",
        taken: "is not empty, and no backup",
        taken / "letter.txt": "is not a folder",
        other: "holds the backup of another home",
    }
    for folder, words in refusals.items():
        result = media("backup", str(folder))

        assert (result.exit_code, words in result.output) == (1, True), result.output
    assert "is not empty" in media("restore", str(other)).output
    assert "no finished backup" in media("restore", str(taken)).output


def test_a_backup_killed_at_any_step_leaves_the_one_before_it_sound(
    finished_home: Path, tmp_path: Path
) -> None:
    home, backup = copy_home(finished_home, tmp_path / "home"), tmp_path / "backup"
    back_up(MediaHome(home), backup, first_table=RECIPE.name, downstream_first=())
    with main_job(home) as job:
        job.add("later", pictures(2, first=50))

    kills = killed_again_and_again("backup", home, backup, every=6)

    assert kills > 5
    assert is_sound(backup)
    assert not list(backup.rglob(".*.partial"))
    with found_backup(backup) as found:
        restore_files(found, MediaHome(tmp_path / "restored"), with_settings=True)
    assert stored(tmp_path / "restored") == stored(home)


def test_a_restore_killed_at_any_step_is_finished_by_the_next(
    finished: MainJob, tmp_path: Path, ask_json: AskJson
) -> None:
    backup, target = tmp_path / "backup", tmp_path / "restored"
    ask_json("backup", str(backup), "--json")
    before = contents(finished)

    assert killed_again_and_again("restore", backup, target, every=7) > 3

    with main_job(target) as job:
        job.work()
        assert contents(job) == before


def test_a_backup_made_in_the_middle_of_the_work_is_consistent(
    tmp_path: Path, ask_json: AskJson
) -> None:
    """No row lacks its files, and the restored home finishes the work."""
    folder, home, backup = tmp_path / "many", tmp_path / "home", tmp_path / "backup"
    folder.mkdir()
    for name, content in PICTURES.items():
        (folder / name).write_bytes(content)
    tables = [f"image/{name}" for name in reversed(image_recipes())]
    with started_media(home, "add", str(folder), "--wait", "--batch", "many") as process:
        wait_until(lambda: made_files(home) > 40 or process.poll() is not None)
        saved = back_up(MediaHome(home), backup, first_table=RECIPE.name, downstream_first=tables)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)

    assert restore(backup, tmp_path / "restored")["problems"] == saved.problems == []
    with main_job(tmp_path / "restored") as job:
        for asset in image_recipes():
            files = job.store.scan(f"image/{asset}").select(pl.col("files").explode()).collect()
            for file in files["files"].drop_nulls().to_list():
                assert (job.settings.home / file["path"]).exists(), file
        job.work()
        ask_json("retry", "--json")
        assert json.loads(json.dumps(job.sql("select count(*) from gaps where can_change"))) == [
            [0]
        ]
        assert {run.status.value for run in job.runs()} <= {"SUCCESS", "FAILURE"}
