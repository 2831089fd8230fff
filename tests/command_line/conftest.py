"""The commands in the test's own process, on homes where the work is done."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from command_line.main import app
from tests.support.main_job import MainJob, copy_home, main_job

Media = Callable[..., Result]
AskJson = Callable[..., Any]


@pytest.fixture
def media() -> Media:
    """Run ``media`` with these arguments; an exception that is no clear message fails the test."""

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin, catch_exceptions=False)

    return run


@pytest.fixture
def ask_json(media: Media) -> AskJson:
    """The JSON document that the command prints."""

    def ask(*arguments: str) -> Any:
        result = media(*arguments)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return ask


@pytest.fixture
def corpus(corpus_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """MEDIA_HOME holds the corpus, done; only for commands that read."""
    monkeypatch.setenv("MEDIA_HOME", str(corpus_home))
    return corpus_home


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    """MEDIA_HOME holds four small pictures, done, and may be changed."""
    with main_job(copy_home(finished_home, tmp_path / "home")) as job:
        yield job
