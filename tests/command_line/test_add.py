"""``media add``: copies in, and with --wait processes to the end."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

from command_line.queries.tables import Tables
from command_line.service.service_lock import service_lock
from command_line.service.waiting import is_done, wait_for_others
from media_assets.images.medium import images
from resources.landing.priorities import priority_of, said_priorities
from tests.command_line.conftest import AskJson, Media
from tests.support.held_runs import process_of
from tests.support.main_job import MainJob, main_job, pictures
from tests.support.running_service import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[MainJob]:
    with main_job(tmp_path / "home") as job:
        yield job


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures of a user, one in a folder below, and things that are no pictures."""
    folder = tmp_path / "holiday 2026"
    (folder / "sea").mkdir(parents=True)
    first, second = pictures(2).values()
    (folder / "first.png").write_bytes(first)
    (folder / "sea" / "second.png").write_bytes(second)
    (folder / ".hidden").write_bytes(b"x")
    (folder / "link.png").symlink_to(folder / "first.png")
    return folder


def landed(job: MainJob) -> list[str]:
    landing = job.settings.media_home.landing
    return sorted(str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file())


def test_without_wait_files_are_copied_as_one_batch(
    empty: MainJob, media: Media, folder: Path
) -> None:
    result = media("add", str(folder))

    assert result.exit_code == 0
    assert "2 file(s) copied" in result.output
    assert "as batch holiday-2026" in result.output
    assert "media up" in result.output
    assert landed(empty) == ["holiday-2026/first.png", "holiday-2026/sea/second.png"]
    assert (folder / "first.png").read_bytes() == pictures(1)["picture0.png"]


def test_how_urgent_a_batch_is_is_known_before_its_first_file(
    empty: MainJob, media: Media, folder: Path
) -> None:
    assert media("add", str(folder), "--priority", "instant").exit_code == 0

    settings = empty.settings
    assert said_priorities(empty.store) == {("landing", "holiday-2026"): "instant"}
    wrong = media("add", str(folder), "--priority", "soon")
    assert (wrong.exit_code, "instant" in wrong.stderr) == (2, True)
    root = settings.roots[0].model_copy(update={"priority": "batch"})
    other = settings.model_copy(update={"landing_roots": (root,)})
    said = said_priorities(empty.store)
    assert priority_of("landing", "holiday-2026", said, other) == "instant"
    assert priority_of("landing", "another", said, other) == "batch"
    assert priority_of("gone", "another", said, other) == "standard"


def test_the_answer_for_machines_names_batch_and_count(
    empty: MainJob, ask_json: AskJson, folder: Path
) -> None:
    answer = ask_json("add", str(folder / "first.png"), "--batch", "b 1", "--json")

    assert answer == {"batch": "b-1", "files": 1, "service": "stopped"}
    assert landed(empty) == ["b-1/first.png"]


def test_with_wait_the_batch_is_ready_in_the_end(
    empty: MainJob, media: Media, folder: Path
) -> None:
    result = media("add", str(folder), "--wait", "--json")

    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert (record["batch"], record["status"], record["ok"]) == ("holiday-2026", "complete", 2)
    assert record["closing_line"] == "All 2 images are ready: 2 ok."
    assert empty.sql("select count(*) from images") == [(2,)]


def test_a_list_brings_its_files_from_where_they_are(
    empty: MainJob, media: Media, folder: Path
) -> None:
    """Relative paths are meant from the list's own folder; what is missing is counted."""
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n no picture")
    names = ["# scans", "first.png", str(folder / "sea" / "second.png"), "torn.png", "gone.png"]
    scans = folder / "scans.lst"
    scans.write_text("\n".join(names) + "\n")

    result = media("add", str(scans), "--wait")

    assert result.exit_code == 0, result.output
    assert "scans: All 3 images are ready: 2 ok, 1 rejected." in result.output
    assert "1 listed file could not be taken." in result.output
    assert "media failures" in result.output
    assert empty.sql("select batch, files_seen, listed_missing from batches") == [("scans", 3, 1)]


def test_a_list_may_name_what_its_user_may_read_and_the_watch_may_not(
    empty: MainJob, media: Media, folder: Path
) -> None:
    """Whoever runs the command reads the files; the list that lands names copies of them."""
    scans = folder / "scans.lst"
    scans.write_text(f"first.png\n{folder / 'sea' / 'second.png'}\n")

    result = media("add", str(scans))

    assert result.exit_code == 0
    assert landed(empty) == ["scans.lst", "scans/first.png", "scans/second.png"]
    landing = empty.settings.media_home.landing
    assert (landing / "scans.lst").read_text().splitlines() == [
        str(landing / "scans/first.png"),
        str(landing / "scans/second.png"),
    ]


def test_what_the_watch_would_pass_over_is_not_copied_and_named(
    empty: MainJob, media: Media, folder: Path
) -> None:
    (folder / "@eaDir").mkdir()
    (folder / "@eaDir" / "first.png").write_bytes(b"thumbnail")
    (folder / "third.png.crdownload").write_bytes(b"half")
    (folder / "sea" / ".mediaignore").write_text("second.*\n")

    result = media("add", str(folder))

    assert landed(empty) == ["holiday-2026/first.png"]
    assert "@eaDir: a file server's own" in result.stderr
    assert "third.png.crdownload: an unfinished download" in result.stderr
    assert "excluded by sea/.mediaignore: second.*" in result.stderr


def test_a_file_above_the_limit_is_told_and_not_waited_for(
    empty: MainJob, media: Media, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_LIMITS__MAX_FILE_BYTES", "20000")
    (folder / "huge.png").write_bytes(b"x" * 20_001)

    result = media("add", str(folder), "--wait")

    assert result.exit_code == 0, result.output
    assert "All 2 images are ready: 2 ok. 1 file is too large." in result.output
    assert "huge.png: too large: 20,001 bytes" in result.output
    assert landed(empty) == ["holiday-2026/huge.png"]
    assert is_done(Tables.open(), "holiday-2026", [landing_of(empty) / "holiday-2026/huge.png"])
    not_there = landing_of(empty) / "holiday-2026/first.png"
    not_there.write_bytes(b"dropped, and not yet seen")
    assert not is_done(Tables.open(), "holiday-2026", [not_there])


def test_a_link_in_the_landing_folder_leads_no_copy_out_of_it(
    empty: MainJob, media: Media, folder: Path
) -> None:
    """Where others may write, somebody may have put it there to have us write elsewhere."""
    private = folder.parent / "private"
    private.mkdir()
    (landing_of(empty) / "holiday-2026").symlink_to(private)

    result = media("add", str(folder))

    assert result.exit_code == 1
    assert "symbolic link, which is not followed" in result.stderr
    assert list(private.iterdir()) == []


def test_a_name_that_is_taken_gets_a_number_and_no_file_is_replaced(
    empty: MainJob, media: Media, folder: Path
) -> None:
    for _ in range(2):
        assert media("add", str(folder / "first.png"), "--batch", "b").exit_code == 0

    assert landed(empty) == ["b/first (2).png", "b/first.png"]


def test_our_own_files_are_never_added(empty: MainJob, media: Media, folder: Path) -> None:
    """Not by name, not through a link, not with a folder around them."""
    home = empty.settings.home
    (home / "derivatives" / "x.png").write_bytes(b"made by us")
    (folder / "home").symlink_to(home / "derivatives")

    for path in (home / "derivatives", folder / "home", home.parent, home / "landing"):
        result = media("add", str(path))
        assert result.exit_code == 1, path
    assert landed(empty) == []


@pytest.mark.parametrize("place", ["landing", "rows"])
def test_an_export_is_not_written_where_it_would_be_taken_in(
    empty: MainJob, media: Media, place: str
) -> None:
    target = empty.settings.home / place / "images.csv"

    result = media("export", "--format", "csv", "-o", str(target))

    assert result.exit_code == 1
    assert not target.exists()


@pytest.mark.usefixtures("empty")
def test_batches_of_deeper_folders_are_all_waited_for(
    media: Media, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_BATCH_NAMES", "path")

    result = media("add", str(folder), "--wait")

    assert result.exit_code == 0, result.output
    assert "holiday-2026: The 1 image is ready: 1 ok." in result.output
    assert "holiday-2026/sea: The 1 image is ready: 1 ok." in result.output


def landing_of(job: MainJob) -> Path:
    return job.settings.media_home.landing


def test_a_path_that_is_not_there_is_named(empty: MainJob, media: Media, tmp_path: Path) -> None:
    result = media("add", str(tmp_path / "nowhere.jpg"), "--wait")

    assert result.exit_code == 1
    assert "nowhere.jpg is no file and no folder" in result.stderr
    assert landed(empty) == []


def test_an_empty_folder_is_said_to_be_empty(empty: MainJob, media: Media, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()

    result = media("add", str(tmp_path / "nothing"))

    assert result.exit_code == 1
    assert "there is no file to add" in result.stderr
    assert landed(empty) == []


def test_a_service_that_stops_meanwhile_ends_the_waiting(
    empty: MainJob, media: Media, folder: Path
) -> None:
    service = FileLock(service_lock(empty.settings.media_home), thread_local=False)
    service.acquire()

    def stop_when_dropped() -> None:
        wait_until(lambda: len(landed(empty)) == 2)
        service.release()

    stopping = threading.Thread(target=stop_when_dropped)
    stopping.start()
    result = media("add", str(folder), "--wait")
    stopping.join()

    assert result.exit_code == 1
    assert "the service stopped before batch holiday-2026 was ready" in result.output
    assert landed(empty) == ["holiday-2026/first.png", "holiday-2026/sea/second.png"]


def test_images_that_another_command_works_on_are_waited_for(empty: MainJob) -> None:
    """That command may have been the first to see the files of this one's batch."""
    job, home = empty, empty.settings.media_home
    run = dg.DagsterRun(job_name=images.job, status=dg.DagsterRunStatus.STARTED)
    job.instance.add_run(run)
    with process_of(home, run.run_id) as other:
        killing = threading.Timer(1.5, other.kill)
        killing.start()

        assert wait_for_others(job.settings, job.instance, "holiday")

        killing.join()
        other.wait()
    assert not wait_for_others(job.settings, job.instance, "holiday")
    job.work()
    ended = job.instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.FAILURE
