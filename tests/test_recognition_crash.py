"""Killed while a model works: nothing is lost, nothing is half there, the same vectors come out."""

import os
import signal
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.models.drawn_pictures import TINY_CLIP, png
from tests.support.drawn_home import DRAWN, file_name, recognizing_job
from tests.support.main_job import MainJob
from tests.support.running_service import is_alive, members, wait_until
from tests.test_crash_recovery import media

pytestmark = pytest.mark.slow

DRAWINGS = list(dict.fromkeys(DRAWN))[:16]  # two runs of eight


def is_model_open(pid: int) -> bool:
    """Whether the process has loaded torch, which happens only when a picture is to be encoded."""
    try:
        return "libtorch" in Path(f"/proc/{pid}/maps").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_embedding(process: subprocess.Popen[str], home: Path, least_commits: int) -> bool:
    """Whether the model is at work and so many runs' vectors are there. Fails when it has ended."""
    assert process.poll() is None, "it ended before it could be killed"
    return is_model_open(process.pid) and embedded_commits(home) >= least_commits


def embedded_commits(home: Path) -> int:
    return len(list((home / "rows" / "image" / "embedding" / "inbox").glob("[!._]*.parquet")))


def vectors(job: MainJob) -> dict[str, list[float]]:
    """File name -> the newest vector, of the sixteen drawings."""
    query = "select file_name, vector from image.embedding join sightings using (image_id)"
    names = {file_name(drawing) for drawing in DRAWINGS}
    return {str(name): list(vector) for name, vector in job.sql(query) if name in names}  # type: ignore[call-overload]


@pytest.fixture
def expected(drawn_home: Path) -> dict[str, list[float]]:
    with recognizing_job(drawn_home) as job:
        return vectors(job)


def test_killed_while_embedding_the_vectors_are_the_same(
    tmp_path: Path, expected: dict[str, list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_EMBEDDING__MODEL", str(TINY_CLIP))
    monkeypatch.setenv("MEDIA_EMBEDDING__DEVICE", "cpu")
    folder, home = tmp_path / "drawings", tmp_path / "home"
    folder.mkdir()
    for drawing in DRAWINGS:
        (folder / file_name(drawing)).write_bytes(png(drawing))

    for least_commits in (0, 1):  # in the middle of the first run, and after its commit
        with media(home, "add", str(folder), "--wait", "--batch", "drawings") as process:
            wait_until(partial(is_embedding, process, home, least_commits), seconds=180)
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        wait_until(lambda pid=process.pid: not [one for one in members(pid) if is_alive(one)])

    with recognizing_job(home) as job:
        job.work()
        found = vectors(job)
        twice = "select image_id from image.embedding group by all having count(*) > 1"

        assert job.sql(twice) == []
        assert job.sql("select distinct outcome from image.embedding") == [("ok",)]
        assert set(job.statuses("embedding").values()) == {"MATERIALIZED"}
        assert found.keys() == expected.keys()
        for name, vector in expected.items():
            assert np.abs(np.subtract(found[name], vector)).max() < 1e-5, name
