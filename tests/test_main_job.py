"""The main job from the landing folder to SQL, on the real definitions, runs and decoders."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from PIL import Image

from media_assets.images.viewing_copy import AT_MOST_PX
from media_assets.media import image_recipes
from tests.support.child_processes import started
from tests.support.main_job import MainJob, copy_home, corpus_rows, files_below, main_job, pictures

pytestmark = pytest.mark.slow

SUCCESS = dg.DagsterRunStatus.SUCCESS
READER = """
import sys, threading
import duckdb

is_over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
while not is_over.wait(0.05):
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        print(*connection.execute("select count(*) from images").fetchall()[0], flush=True)
"""


@pytest.fixture
def corpus(corpus_home: Path) -> Iterator[MainJob]:
    with main_job(corpus_home) as job:
        yield job


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job


def test_every_file_of_the_corpus_is_usable_or_refused_with_a_reason(corpus: MainJob) -> None:
    query = """
    select sightings.file_name, outcome, reason, width_px, height_px
    from sightings join images using (image_id)
    """
    found = {str(row[0]): row[1:] for row in corpus.sql(query)}
    expected = corpus_rows()

    assert found.keys() == {row["file"] for row in expected}
    for row in expected:
        outcome, reason, width, height = found[row["file"]]
        if row["expected"] == "refused":
            assert (outcome in ("rejected", "unsupported"), bool(reason)) == (True, True), row
        else:
            assert outcome in ("ok", "degraded"), (row, reason)
            assert (width, height) == (int(row["width_px"]), int(row["height_px"])), row


def test_every_viewing_copy_of_the_corpus_is_upright_and_of_the_right_size(corpus: MainJob) -> None:
    """PDF has no pixels of its own: its page is drawn larger."""
    query = """
    select images.width_px, images.height_px, artifacts.path
    from artifacts join images using (image_id)
    where asset = 'viewing_copy' and artifacts.outcome in ('ok', 'degraded') and format != 'pdf'
    """
    found = corpus.sql(query)

    usable = [row["file"] for row in corpus_rows() if row["expected"] == "usable"]
    assert len(found) == sum(not name.endswith(".pdf") for name in usable)
    for width, height, path in found:
        scale = min(1, AT_MOST_PX / max(int(str(width)), int(str(height))))
        with Image.open(corpus.settings.home / str(path)) as copy:
            copy.load()
            assert copy.format == "JPEG"
            assert copy.width == pytest.approx(int(str(width)) * scale, abs=1)
            assert copy.height == pytest.approx(int(str(height)) * scale, abs=1)


def test_every_image_of_the_corpus_is_green_in_dagster(corpus: MainJob) -> None:
    """Refusals are answers about the files, so they count as done."""
    everywhere = {
        (asset, status) for asset in image_recipes() for status in corpus.statuses(asset).values()
    }

    assert everywhere == {(asset, "MATERIALIZED") for asset in image_recipes()}
    assert {run.status for run in corpus.runs()} == {SUCCESS}


def test_the_batch_of_the_corpus_adds_up(corpus: MainJob) -> None:
    count = len(corpus_rows())
    usable = sum(row["expected"] == "usable" for row in corpus_rows())
    (batch,) = corpus.sql(
        "select batch, status, files_seen, accepted, ok + degraded, rejected + unsupported, failed "
        "from batches"
    )

    assert batch == ("corpus", "complete", count, count, usable, count - usable, 0)
    assert corpus.sql("select distinct done = expected, failed, stale from progress") == [
        (True, 0, 0)
    ]
    assert corpus.sql("select * from gaps where can_change") == []


def test_nothing_is_left_in_the_landing_folder(corpus: MainJob) -> None:
    landing = corpus.settings.media_home.landing

    assert [path for path in landing.rglob("*") if path.is_file()] == []


def test_a_second_run_does_nothing(finished: MainJob) -> None:
    home = finished.settings.media_home
    before = files_below(home.originals, home.derivatives, home.rows)
    runs = len(finished.runs())

    assert finished.work().runs == ()
    assert files_below(home.originals, home.derivatives, home.rows) == before
    assert len(finished.runs()) == runs


def test_known_files_under_other_names_are_seen_again_and_not_made_again(finished: MainJob) -> None:
    home = finished.settings.media_home
    files, rows = files_below(home.originals, home.derivatives), finished.row_count()
    keys = finished.keys()

    renamed = {f"renamed-{name}": content for name, content in pictures(4).items()}
    worked = finished.add("again", renamed)

    grown = {name: count - rows[name] for name, count in finished.row_count().items()}
    assert {name: count for name, count in grown.items() if count} == {
        "ingest/sighting": 4,
        "ingest/batch_event": 1,
    }
    assert worked.runs == ()
    assert files_below(home.originals, home.derivatives) == files
    assert finished.keys() == keys
    assert finished.sql("select closing_line from batches where batch = 'again'") == [
        ("No new images. 4 duplicate files.",)
    ]


def test_a_home_that_was_moved_works_on(finished_home: Path, tmp_path: Path) -> None:
    """Every path in it is relative to it."""
    moved = copy_home(finished_home, tmp_path / "elsewhere")
    with main_job(moved) as job:
        ended = job.add("later", pictures(1, first=50)).runs

        assert ended == (SUCCESS, SUCCESS), "renditions, then recognition"
        assert job.sql("select count(*) from images where outcome = 'ok'") == [(5,)]


def test_readers_are_served_all_the_time(finished: MainJob) -> None:
    home = finished.settings.media_home
    with reader(home.warehouse) as published, reader(home.live) as live:
        finished.add("second", pictures(6, first=10))
        for process in (published, live):
            printed, errors = process.communicate()
            counts = [int(line) for line in printed.split()]
            assert errors == ""
            assert counts == sorted(counts)
            assert counts[-1] == 10


@contextmanager
def reader(database: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that opens the database and counts images, again and again."""
    command = [sys.executable, "-c", READER, str(database)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with started(command, **pipes) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "4\n"
        yield process


def test_dagster_on_postgresql_knows_every_image_too(tmp_path: Path, database_url: str) -> None:
    with main_job(tmp_path / "home", postgres_url=database_url) as job:
        ended = job.add("small", {**pictures(2), "torn.png": pictures(1)["picture0.png"][:99]}).runs

        assert ended == (SUCCESS, SUCCESS), "renditions, then recognition"
        for asset in image_recipes():
            assert set(job.statuses(asset).values()) == {"MATERIALIZED"}
        assert sorted(job.sql("select file_name, outcome from images")) == [
            ("picture0.png", "ok"),
            ("picture1.png", "ok"),
            ("torn.png", "rejected"),
        ]
    assert not list((tmp_path / "home" / "dagster").rglob("*.db"))
