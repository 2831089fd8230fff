"""``media failures``: what has no usable result, and why."""

import pytest

from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import MainJob, corpus_rows


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
