"""``media retry`` and ``media reprocess``; what they do to images: test_batched_execution."""

import pytest

from command_line.queries.selection import select_sources
from command_line.queries.tables import Tables
from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import MainJob


@pytest.mark.usefixtures("corpus")
def test_refused_files_are_not_retried(media: Media) -> None:
    """They cannot change: a retry would find the same."""
    result = media("retry")

    assert result.exit_code == 0
    assert result.output == "Nothing to do.\n"


def test_reprocess_takes_a_wildcard_and_says_what_it_did(
    finished: MainJob, ask_json: AskJson
) -> None:
    rows = finished.row_count()

    answer = ask_json("reprocess", "picture*", "--asset", "dominant_colors", "--json")

    assert answer == {"images": 4, "runs": ["run ended: SUCCESS"]}
    grown = {name: count - rows[name] for name, count in finished.row_count().items()}
    assert {name: count for name, count in grown.items() if count} == {"image/dominant_colors": 4}


def test_reprocess_of_an_unknown_derivative_names_the_known(
    finished: MainJob, media: Media
) -> None:
    result = media("reprocess", finished.keys()[0], "--asset", "poem")

    assert result.exit_code == 1
    assert "there is no derivative poem" in result.stderr
    assert "thumbnails" in result.stderr


@pytest.mark.parametrize("selection", ["zebra", "zebra*", "format = 'tiff'"])
def test_a_selection_of_nothing_is_an_error(
    finished: MainJob, media: Media, selection: str
) -> None:
    runs = len(finished.runs())
    result = media("reprocess", selection)

    assert result.exit_code == 1
    assert "no source matches" in result.stderr
    assert len(finished.runs()) == runs


def test_a_selection_that_is_neither_name_nor_sql_is_explained(
    finished: MainJob, media: Media
) -> None:
    result = media("reprocess", "format == == 3")

    assert result.exit_code == 1
    assert "neither a source, a batch nor a condition" in result.stderr
    assert "select" not in result.stderr, "none of our own SQL is shown"
    assert finished.keys()


def test_beginnings_patterns_and_names_select_alike(finished: MainJob, media: Media) -> None:
    tables = Tables.open()
    keys = finished.keys()
    assert {one.source_id for one in select_sources(tables, ["picture"])} == set(keys)
    assert select_sources(tables, ["picture"]) == select_sources(tables, ["picture*"])
    assert select_sources(tables, ["PICTURE2.png"]) == select_sources(tables, ["picture2"])
    assert len(select_sources(tables, ["picture2", "picture1*", "picture2*"])) == 2
    assert media("retry", keys[0][:-3]).output == "Nothing to do.\n"


def test_each_selection_that_matches_nothing_is_named_and_nothing_is_run(
    finished: MainJob, media: Media
) -> None:
    runs = len(finished.runs())
    for command in ("reprocess", "retry"):
        result = media(command, "picture1", "zebra", "lion*")
        assert result.exit_code == 1
        assert "no source matches 'zebra', 'lion*'" in result.stderr
    assert len(finished.runs()) == runs
