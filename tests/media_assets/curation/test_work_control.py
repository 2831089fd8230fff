"""Whoever pauses, resumes, cancels or sets the workers is written down, and it takes effect."""

import dagster as dg
import pytest

from media_assets.curation.work_control import (
    WORK_CONTROL,
    cancel_batch,
    change_workers,
    pause_all,
    pause_batch,
    resume_batch,
)
from resources.configuration.settings import Settings
from resources.orchestration.paused_work import is_all_paused, paused_batches
from resources.orchestration.worker_counts import UnusableWorkerCount
from resources.rows.row_store import RowStore


def written(settings: Settings) -> list[tuple[object, ...]]:
    rows = RowStore(settings.media_home.rows).scan(WORK_CONTROL.name).collect()
    return rows.sort("_seq").select("batch", "control", "value", "decided_by").rows()


def test_each_control_is_a_row_with_who_did_it(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    home = settings.media_home
    pause_batch(instance, home, "a", "anna")
    assert paused_batches(instance) == ["a"]
    resume_batch(instance, home, "a", "ben")
    cancel_batch(instance, home, "a", "ben")
    pause_all(instance, home, "anna", is_paused=True)
    assert is_all_paused(instance)
    pause_all(instance, home, "anna", is_paused=False)
    counts = change_workers(instance, settings, "ben", 3, with_models=False)

    assert counts.runs == 3
    assert written(settings) == [
        ("a", "paused", None, "anna"),
        ("a", "resumed", None, "ben"),
        ("a", "cancelled", None, "ben"),
        (None, "paused", None, "anna"),
        (None, "resumed", None, "anna"),
        (None, "workers", 3, "ben"),
    ]


def test_a_number_that_is_refused_is_not_written(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    change_workers(instance, settings, "anna", 1, with_models=True)
    with pytest.raises(UnusableWorkerCount):
        change_workers(instance, settings, "anna", settings.most_workers + 1, with_models=False)

    assert written(settings) == [(None, "workers_with_models", 1, "anna")]
