"""A search that finds nothing says what cannot be found yet."""

import pytest

from media_assets.media import medium_of
from resources.landing.ingest import look_until_settled
from tests.command_line.conftest import Media
from tests.support.main_job import MainJob, pictures


def test_what_is_still_being_worked_on_is_said(
    finished: MainJob, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_EMBEDDING__MODEL", "builtin")
    assert media("search", "zebra").exit_code == 0
    assert "of 4 pictures" not in media("search", "zebra").stderr
    finished.drop("more", pictures(2, first=7))
    look_until_settled(finished.settings, medium_of=medium_of)

    result = media("search", "zebra")

    assert result.exit_code == 0
    assert "No image was found." in result.stdout
    assert "2 of 6 pictures are too new to be found yet" in result.stderr
    assert "2 of 6 pictures are still being read: the text in them is not" in result.stderr


def test_what_is_found_by_words_needs_no_excuse(finished: MainJob, media: Media) -> None:
    finished.drop("more", pictures(2, first=7))
    look_until_settled(finished.settings, medium_of=medium_of)
    assert "of 6 pictures" not in media("search", "picture").stderr
