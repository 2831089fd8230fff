"""Which of a run's sources are worked on when its configuration names some."""

import logging

import pytest

from media_assets.execution.batched_execution import chosen_keys


def test_ids_that_are_none_of_the_runs_sources_are_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logging.getLogger("run")
    assert chosen_keys(["a", "b", "c"], frozenset({"b", "zebra", "lion"}), log) == ["b"]
    assert caplog.messages == ["not among this run's sources: lion, zebra"]


def test_without_a_choice_all_are_worked_on_and_nothing_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert chosen_keys(["a", "b"], frozenset(), logging.getLogger("run")) == ["a", "b"]
    assert caplog.messages == []
