"""Bulk jobs from ``media bulk send`` to rows, with a server that speaks the Batch API."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_line.main import app
from resources.configuration.media_home import MediaHome
from resources.language.asked_pictures import AnsweredInBulk, AskedPictures, asked_now
from resources.language.bulk_answers import BulkAnswers, JobState
from tests.support.batch_server import BatchServer
from tests.support.main_job import MainJob, copy_home
from tests.support.scripted_server import scripted_server
from tests.support.written_home import FEW, KEY, file_name, rows, server_settings, writing_job

pytestmark = pytest.mark.slow

KILLED_WHILE_ASKING = """
import os, sys
from pathlib import Path
from resources.configuration.media_home import MediaHome
from resources.language.asked_pictures import AskedPictures
from resources.language.bulk_answers import BulkAnswers
from resources.rows.row_store import RowStore

home = MediaHome(Path(sys.argv[1]))
AskedPictures(home, "caption", BulkAnswers(RowStore(home.rows))).claim("dunes")
os.kill(os.getpid(), 9)
"""


def numbered(body: dict[str, object]) -> dict[str, object]:
    """A caption that holds the file's number; the picture with number 1 gets nonsense."""
    text = json.dumps(body)
    number = next(n for n in range(len(FEW)) if file_name(n) in text)
    content = json.dumps({"caption": f"Number {number}."}) if number != 1 else "[[[["
    choice = {"message": {"content": content}, "finish_reason": "stop"}
    return {"status_code": 200, "body": {"choices": [choice], "model": "m-bulk"}}


@contextmanager
def bulk_job(home: Path, server: BatchServer) -> Iterator[MainJob]:
    with (
        scripted_server(server) as listening,
        writing_job(home, server_settings(listening.url)) as job,
    ):
        yield job


def media(*words: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return list(json.loads(done.stdout))


def test_pictures_are_described_by_one_job_and_nothing_is_asked_twice(
    pictured_home: Path, tmp_path: Path
) -> None:
    home, server = copy_home(pictured_home, tmp_path / "home"), BatchServer(numbered)
    with bulk_job(home, server) as job:
        (sent,) = media("bulk", "send", "--asset", "caption")
        assert (sent["state"], sent["questions"]) == ("sent", len(FEW))
        assert media("bulk", "send", "--asset", "caption") == [], "all are being answered"
        (waiting,) = media("bulk", "collect")
        assert (waiting["state"], waiting["reason"]) == ("sent", "in_progress")

        server.finish()
        (collected,) = media("bulk", "collect")
        assert (collected["state"], collected["answers"]) == ("collected", len(FEW))
        assert not any("alternative_title" in asked for asked in server.asked_alone), (
            "at full price"
        )

        found = rows(job, "caption")
        said = dict(zip(found["file_name"], found["caption"], strict=True))
        right = {file_name(n): f"Number {n}." for n in range(len(FEW)) if n != 1}
        assert said == {**right, file_name(1): None}
        assert set(found["answered_by"].drop_nulls()) == {"m-bulk"}
        outcomes = dict(zip(found["file_name"], found["outcome"], strict=True))
        assert outcomes[file_name(1)] == "failed", "nonsense harms only its own picture"
        assert media("bulk", "collect") == []
        ok = "select count(*) from artifacts where asset = 'caption' and engine = 'endpoint'"
        assert job.sql(f"{ok} and outcome = 'ok'") == [(len(FEW) - 1,)]
    assert all(KEY.encode() not in path.read_bytes() for path in home.rglob("*.parquet"))


def test_a_crash_between_sending_and_noting_it_loses_no_job(
    pictured_home: Path, tmp_path: Path
) -> None:
    """The server knows the job by our name: it is found there, not paid for twice."""
    home, server = copy_home(pictured_home, tmp_path / "home"), BatchServer(numbered)
    with bulk_job(home, server) as job:
        media("bulk", "send", "--asset", "caption")
        known = BulkAnswers(job.store)
        commits = job.store.files("bulk/job")
        assert len(commits) == 2, "prepared, then sent"
        commits[-1].unlink()  # as if the power had failed before the second
        assert [one.state for one in known.jobs()] == [JobState.PREPARED]

        server.finish()
        (collected,) = media("bulk", "collect")

        assert (collected["state"], collected["answers"]) == ("collected", len(FEW))
    assert len(server.batches) == 1


def test_a_job_that_never_reached_the_server_can_be_sent_again(
    pictured_home: Path, tmp_path: Path
) -> None:
    home = copy_home(pictured_home, tmp_path / "home")
    server = BatchServer(numbered, refuses_batches=True)
    with bulk_job(home, server):
        refused = CliRunner().invoke(app, ["bulk", "send", "--asset", "caption"])
        assert refused.exit_code != 0

        server.refuses_batches = False
        (lost,) = media("bulk", "collect")
        assert lost["state"] == "lost"
        (sent,) = media("bulk", "send", "--asset", "caption")
        assert (sent["state"], sent["questions"]) == ("sent", len(FEW))


def test_a_job_that_the_server_gives_up_frees_its_pictures(
    pictured_home: Path, tmp_path: Path
) -> None:
    home, server = copy_home(pictured_home, tmp_path / "home"), BatchServer(numbered)
    with bulk_job(home, server):
        media("bulk", "send", "--asset", "caption")
        server.batches["batch-0"]["status"] = "expired"

        (lost,) = media("bulk", "collect")

        assert lost["state"] == "lost"
        assert "expired" in str(lost["reason"])
        assert len(media("bulk", "send", "--asset", "caption")) == 1


def test_while_a_bulk_job_has_the_pictures_no_run_asks_about_them(
    pictured_home: Path, tmp_path: Path
) -> None:
    """Each picture is paid once, whatever is asked in the meantime."""
    home, server = copy_home(pictured_home, tmp_path / "home"), BatchServer(numbered)
    with bulk_job(home, server) as job:
        media("bulk", "send", "--asset", "caption")

        update = ["models", "update", "--asset", "caption"]
        CliRunner().invoke(app, update, catch_exceptions=False)

        found = rows(job, "caption")
        reasons = set(found["reason"])
        assert reasons == {"a bulk job has this picture: media bulk collect, later"}
    assert server.interactive == 0


def test_pictures_that_a_run_asks_about_are_left_out_of_a_bulk_job(
    pictured_home: Path, tmp_path: Path
) -> None:
    home, server = copy_home(pictured_home, tmp_path / "home"), BatchServer(numbered)
    with bulk_job(home, server) as job:
        asked = AskedPictures(job.settings.media_home, "caption", BulkAnswers(job.store))
        asked.claim(job.image_of(file_name(0)))

        (sent,) = media("bulk", "send", "--asset", "caption")
        assert sent["questions"] == len(FEW) - 1

        with pytest.raises(AnsweredInBulk):
            asked.claim(job.image_of(file_name(1)))
        asked.close()
        (rest,) = media("bulk", "send", "--asset", "caption")
        assert rest["questions"] == 1


def test_what_a_killed_run_asked_is_free_again(tmp_path: Path) -> None:
    home = MediaHome(tmp_path)
    killed = [sys.executable, "-c", KILLED_WHILE_ASKING, str(tmp_path)]
    subprocess.run(killed, check=False, cwd=Path(__file__).parent.parent)
    assert list((home.locks / "asked_pictures").glob("caption.*.txt"))

    assert asked_now(home, "caption") == set()
    assert not list((home.locks / "asked_pictures").glob("caption.*.txt"))
