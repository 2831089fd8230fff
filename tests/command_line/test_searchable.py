"""What can be found, however a file writes its name; and what cannot yet, which is said."""

import json
import unicodedata

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
    assert "2 of 6 pictures are still being read: not found yet by" in result.stderr
    assert "the text in them" in result.stderr


def test_what_is_found_by_words_needs_no_excuse(finished: MainJob, media: Media) -> None:
    finished.drop("more", pictures(2, first=7))
    look_until_settled(finished.settings, medium_of=medium_of)
    assert "of 6 pictures" not in media("search", "picture").stderr


def test_a_name_is_found_in_every_script_and_form(finished: MainJob, media: Media) -> None:
    """From the landing folder to the command: a Mac's decomposed names, Korean, signs."""
    names = ["Föhr Überfahrt.png", "한국_여행_서울.png", "AC-DC C++ The Who.png", "किताब.png"]
    written = [unicodedata.normalize("NFD", name) for name in names]
    finished.add("names", dict(zip(written, pictures(4, first=7).values(), strict=True)))
    questions = {
        written[0]: ("föhr", "überfahrt", "fohr", unicodedata.normalize("NFD", "Föhr")),
        written[1]: ("여행", "서울", "한국 서울"),
        written[2]: ("AC/DC", "C++", "The Who", "ac-d*"),
        written[3]: ("किताब",),
    }
    for name, asked in questions.items():
        for question in asked:
            (first, *_) = json.loads(media("search", question, "--json").stdout)
            assert first["file_name"] == name, question
        (found,) = json.loads(media("find", asked[0], "--json").stdout)
        assert found["file_name"] == name
