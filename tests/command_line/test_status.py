"""``media status``: batches, gaps and space."""

from pathlib import Path

import pytest

from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import corpus_rows


def test_the_state_for_machines(corpus: Path, ask_json: AskJson) -> None:
    now = ask_json("status", "--json")

    assert (now["home"], now["service"]) == (str(corpus), "stopped")
    assert now["images"] == len(corpus_rows())
    assert [batch["batch"] for batch in now["batches"]] == ["corpus"]
    assert {gap["gap"] for gap in now["gaps"]} == {"rejected", "unsupported", "skipped"}
    assert {part["kind"] for part in now["storage"]} == {"original", "derivative"}


def test_the_state_for_people(corpus: Path, media: Media) -> None:
    result = media("status")

    assert result.exit_code == 0
    assert str(corpus) in result.output
    assert "images are ready" in result.output


def test_a_new_home_is_empty_and_no_error(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "new"))

    result = media("status")

    assert result.exit_code == 0
    assert "images   0" in result.output
