"""``media workers``: what works, and how many may."""

import json

import pytest

from resources.configuration.settings import Settings
from tests.command_line.conftest import Media


@pytest.fixture(autouse=True)
def _home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_HOME", str(settings.home))


def test_the_number_of_workers_is_shown_and_changed(media: Media) -> None:
    assert "Runs at a time: 2; of these with models: 1." in media("workers").output

    changed = media("workers", "set", "4", "--json")
    assert json.loads(changed.output) == {"runs": 4, "with_models": 1}

    shown = json.loads(media("workers", "--json").output)
    assert shown == {"runs": 4, "with_models": 1, "under_way": []}


def test_a_number_that_is_not_allowed_changes_nothing(media: Media) -> None:
    refused = media("workers", "set", "17")

    assert refused.exit_code != 0
    assert "allow 1 to 16" in refused.output
    assert "Runs at a time: 2" in media("workers").output
