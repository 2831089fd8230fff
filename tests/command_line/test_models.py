"""``media models``: what there is, what is done, and one model after another without a gap."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line.commands.model_status import duration
from tests.command_line.conftest import AskJson, Media
from tests.models.drawn_pictures import TINY_CLIP
from tests.support.drawn_home import recognizing_job
from tests.support.main_job import MainJob, copy_home, main_job

pytestmark = pytest.mark.slow


@pytest.fixture
def job(finished_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainJob]:
    """Four small pictures with the vectors of the built-in engine."""
    monkeypatch.setenv("MEDIA_EMBEDDING__DEVICE", "cpu")
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job


def fetched(job: MainJob, name: str = "Tiny--shapes") -> None:
    shutil.copytree(TINY_CLIP, job.settings.media_home.models / name)


def spaces(found: dict[str, Any], kind: str = "embedding") -> dict[str, str]:
    """The beginning of each space's name -> its role."""
    return {one["space"][:4]: one["role"] for one in found["spaces"] if one["kind"] == kind}


def embedding_work(found: dict[str, Any]) -> tuple[int, int, int]:
    (work,) = [one for one in found["work"] if one["asset"] == "embedding"]
    return work["ready"], work["missing"], work["stale"]


def test_a_new_model_takes_over_when_it_is_complete_or_by_hand(
    job: MainJob, media: Media, ask_json: AskJson
) -> None:
    job.work()  # makes the search index
    before = ask_json("models", "status", "--json")
    assert spaces(before) == {"buil": "serves search, filled by today's model"}
    assert embedding_work(before) == (4, 0, 0)

    fetched(job)
    assert "media models update" in media("models", "use", "Tiny/shapes").output
    chosen = ask_json("models", "status", "--json")
    assert spaces(chosen) == {"buil": "serves search"}
    assert embedding_work(chosen) == (0, 0, 4)
    assert [(one["model"], one["note"]) for one in chosen["models"]] == [("Tiny/shapes", "chosen")]

    assert "Nothing to do" in media("models", "update", "--asset", "caption").output
    assert "SUCCESS" in media("models", "update").output
    job.work()
    after = ask_json("models", "status", "--json")
    assert spaces(after) == {
        "tiny": "serves search, filled by today's model",
        "buil": "history",
    }
    assert embedding_work(after) == (4, 0, 0)
    assert media("models", "update").output.startswith("Nothing to do")

    assert "answers from builtin-visual-1" in media("models", "use", "builtin-visual-1").output
    by_hand = spaces(ask_json("models", "status", "--json"))
    assert by_hand["buil"].startswith("serves search, chosen by ")
    assert by_hand["tiny"] == "filled by today's model"
    media("models", "use", "auto")
    by_itself = spaces(ask_json("models", "status", "--json"))
    assert by_itself["tiny"] == "serves search, filled by today's model"


def test_the_state_for_people(job: MainJob, media: Media) -> None:
    fetched(job)
    shown = media("models", "status").output
    for words in ("Tiny/shapes", "builtin-visual-1", "zero_shot_tags", "e5984ae5"):
        assert words in shown


def test_a_model_that_cannot_be_used_is_listed_with_its_problem(
    job: MainJob, ask_json: AskJson
) -> None:
    fetched(job)
    weights = job.settings.media_home.models / "Tiny--shapes" / "open_clip_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    (model,) = ask_json("models", "status", "--json")["models"]
    assert "pickled checkpoint" in model["note"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("use", "no-such-space"), "neither a fetched model nor a space of vectors"),
        (("get", "ViT-B-32/no_such_tag"), "Close to it: "),
        (("update", "--asset", "sharpness"), "there is no derivative sharpness"),
    ],
    ids=["unknown_space", "unknown_model", "unknown_derivative"],
)
@pytest.mark.usefixtures("job")
def test_what_is_unknown_is_told_with_what_is_known(
    media: Media, arguments: tuple[str, ...], words: str
) -> None:
    result = media("models", *arguments)
    assert result.exit_code == 1
    assert words in result.output


def test_a_set_model_is_not_overruled(
    job: MainJob, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(job)
    monkeypatch.setenv("MEDIA_EMBEDDING__MODEL", "builtin")
    result = media("models", "use", "Tiny/shapes")
    assert result.exit_code == 1
    assert "embedding.model is set to builtin" in result.output


def test_the_models_that_can_be_fetched_are_listed(media: Media) -> None:
    listed = media("models", "get", "--list", "b-32/laion2b").output.split()
    assert "ViT-B-32/laion2b_s34b_b79k" in listed
    assert all("b-32/laion2b" in name.lower() for name in listed)


def test_an_unknown_model_is_one_message_and_nothing_of_the_libraries(tmp_path: Path) -> None:
    """DuckDB beside torch printed forty lines, "nanobind: leaked 27 instances!", at the end."""
    command = "from command_line.main import app; app()"
    environment = {**os.environ, "MEDIA_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", command, "models", "get", "nope"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 1
    assert "open_clip knows no model 'nope'" in " ".join(ended.stderr.split())
    assert "nanobind" not in ended.stderr


def test_engines_are_opened_and_timed(drawn_home: Path, media: Media) -> None:
    with recognizing_job(drawn_home) as job:
        rows = job.row_count()
        result = media("doctor", "--models")
        assert result.exit_code == 0
        assert job.row_count() == rows
    (line,) = [line for line in result.output.splitlines() if " embedding " in line]
    assert "open_clip: opened in" in line
    assert "images/s on 16" in line


@pytest.mark.usefixtures("job")
def test_an_engine_that_cannot_work_is_a_fault(
    media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_EMBEDDING__MODEL", "/no/such/folder")
    result = media("doctor", "--models")
    assert result.exit_code == 1
    assert "holds no open_clip_config.json" in result.output


def test_durations_are_told_in_words() -> None:
    told = [duration(seconds) for seconds in (None, 3.4, 600, 9000)]
    assert told == ["not measured yet", "3 s", "10 min", "2.5 h"]
