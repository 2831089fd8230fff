"""``media batch``: what is paused is said to be, by whom, and goes on."""

import json
from pathlib import Path

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.paused_work import is_all_paused, paused_batches
from tests.command_line.conftest import AskJson, Media

UNKNOWN = "there is no batch nowhere"


def test_a_batch_is_paused_and_resumed_and_both_are_written_down(
    corpus: Path, media: Media, ask_json: AskJson
) -> None:
    paused = media("batch", "pause", "corpus", "--json")
    assert json.loads(paused.output) == [{"batch": "corpus", "runs": 0}]
    with open_dagster(Settings(home=corpus)) as instance:
        assert paused_batches(instance) == ["corpus"]

    resumed = media("batch", "resume", "corpus")
    assert "corpus resumed: 0 run(s) go on" in resumed.output
    assert "No service is running" in resumed.output
    with open_dagster(Settings(home=corpus)) as instance:
        assert paused_batches(instance) == []

    said = "select event, detail != '' as by from stg_ingest__batch_events where event != 'opened'"
    events = ask_json("sql", "--live", f"{said} order by happened_at", "--json")
    assert events == [{"event": "paused", "by": True}, {"event": "resumed", "by": True}]


def test_an_unknown_batch_changes_nothing(corpus: Path, media: Media) -> None:
    refused = media("batch", "pause", "corpus", "nowhere")

    assert refused.exit_code != 0
    assert UNKNOWN in refused.output
    with open_dagster(Settings(home=corpus)) as instance:
        assert paused_batches(instance) == []


def test_all_work_is_paused_and_resumed(corpus: Path, media: Media) -> None:
    assert "no further run begins" in media("batch", "pause", "--all").output
    with open_dagster(Settings(home=corpus)) as instance:
        assert is_all_paused(instance)

    media("batch", "resume", "--all")
    with open_dagster(Settings(home=corpus)) as instance:
        assert not is_all_paused(instance)


def test_which_batches_must_be_said(media: Media) -> None:
    assert media("batch", "pause").exit_code != 0
    assert media("batch", "pause", "corpus", "--all").exit_code != 0
