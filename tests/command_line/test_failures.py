"""``media failures``: what has no usable result, and why."""

from pathlib import Path

import pytest

from resources.configuration.settings import Limits, Settings
from resources.landing.ingest import look_at_landing
from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import MainJob, corpus_rows
from tests.support.synthetic_rows import SyntheticHome


@pytest.mark.usefixtures("corpus")
def test_every_refused_file_is_listed_with_a_reason(ask_json: AskJson) -> None:
    listed = ask_json("failures", "--json")

    refused = {row["file"] for row in corpus_rows() if row["expected"] == "refused"}
    assert {found["file_name"] for found in listed} == refused
    assert all(found["why"] for found in listed)
    assert {found["gap"] for found in listed} == {"rejected", "unsupported"}


@pytest.mark.usefixtures("corpus")
def test_people_are_told_that_a_rerun_is_no_use(media: Media) -> None:
    result = media("failures")

    assert result.exit_code == 0
    assert "a second run does not help" in result.output
    assert "media retry" not in result.output


def test_no_failure_is_good_news(finished: MainJob, media: Media) -> None:
    assert finished.keys()

    assert "No failures" in media("failures").output


def test_files_that_are_not_taken_are_listed_and_counted_everywhere(
    media: Media, ask_json: AskJson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In failures, status and doctor: the three places where people look."""
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "home"))
    settings = Settings(settle_seconds=0.01, limits=Limits(max_file_bytes=10))
    album = settings.media_home.landing / "album"
    album.mkdir(parents=True)
    (album / "huge.jpg").write_bytes(b"x" * 11)
    (album / "Thumbs.db").write_bytes(b"x")
    (album / "#recycle").mkdir()
    look_at_landing(settings)

    (failure,) = ask_json("failures", "--json")
    assert (failure["gap"], failure["file_name"]) == ("too_large", "album/huge.jpg")
    assert "album/huge.jpg" in media("failures").output
    counted = {
        (one["state"], one["files"], one["folders"])
        for one in ask_json("status", "--json")["not_taken"]
    }
    assert counted == {("too_large", 1, 0), ("excluded", 1, 0), ("excluded", 0, 1)}
    assert "above limits.max_file_bytes" in media("status").output
    told = [
        one["found"] for one in ask_json("doctor", "--json") if one["what"] == "landing landing"
    ]
    assert told[1:] == [
        "1 file(s) not taken: above limits.max_file_bytes",
        "1 file(s) not taken: Windows' own",
        "1 folder(s) not taken: a recycle bin of a file server",
    ]


def test_what_an_older_version_refused_is_still_listed(
    ask_json: AskJson, media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that its result may be another one now."""
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "home"))
    home = SyntheticHome(tmp_path / "home")
    home.declare_recipes()
    (image_id,) = home.land("b1", "a.jpg")
    home.result("viewing_copy", image_id, "rejected", "too dark", code_version="0")

    (failure,) = ask_json("failures", "--json")

    assert (failure["gap"], failure["source_id"]) == ("rejected", image_id)
    assert failure["why"].startswith("too dark (out of date: code version 0 -> ")
    assert "media reprocess ID" in media("failures").output
