"""A selection of images materialized from Dagster's UI: Dagster's own code, our definitions.

What is filtered and ticked in the UI's partition box becomes a list of partition names; this sends
the mutation that the UI sends then, and does the daemon's work without its pauses of half a minute.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, BulkActionStatus
from dagster._core.test_utils import wait_for_runs_to_finish
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import PythonFileTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster_graphql.test.utils import execute_dagster_graphql

from media_assets.execution.materializations import SAME
from media_assets.media import image_recipes
from tests.support.main_job import MainJob, copy_home, main_job, picture

ROOT = Path(__file__).parent.parent
DEFINITIONS = PythonFileTarget(str(ROOT / "definitions.py"), None, str(ROOT), "media")
# Dagster calls its own deprecated functions.
pytestmark = pytest.mark.filterwarnings("ignore:Function `AssetSelection.sources`")
LAUNCH = """
mutation($images: [String!], $assets: [AssetKeyInput!]) {
  launchPartitionBackfill(backfillParams: {partitionNames: $images, assetSelection: $assets}) {
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
MATERIALIZED, FAILED = "MATERIALIZED", "FAILED"


@dataclass(frozen=True)
class Dagster:
    """A finished batch of four pictures, a rejected and an unsupported file, seen by Dagster."""

    job: MainJob
    workspace: WorkspaceProcessContext

    def backfill(self, images: Sequence[str]) -> BulkActionStatus:
        """Materialize every image asset for ``images`` as the UI does; return how it ended."""
        assets = [{"path": ["image", name]} for name in image_recipes()]
        context: Any = self.workspace.create_request_context()
        wanted = {"images": list(images), "assets": assets}
        answer: Any = execute_dagster_graphql(context, LAUNCH, wanted).data
        assert "backfillId" in answer["launchPartitionBackfill"], answer
        backfill_id = answer["launchPartitionBackfill"]["backfillId"]
        while (status := self.status(backfill_id)) not in BULK_ACTION_TERMINAL_STATUSES:
            errors = execute_backfill_iteration(self.workspace, logging.getLogger(__name__))
            assert [error for error in errors if error] == []
            self.run_queued()
        return status

    def status(self, backfill_id: str) -> BulkActionStatus:
        backfill = self.job.instance.get_backfill(backfill_id)
        assert backfill
        return backfill.status

    def run_queued(self) -> None:
        """Launch what waits in the queue, each run in a process of its own, and wait for it."""
        instance = self.job.instance
        for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED])):
            instance.launch_run(run.run_id, self.workspace.create_request_context())
        wait_for_runs_to_finish(instance, timeout=60)


@pytest.fixture(scope="module")
def dagster(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dagster]:
    home = copy_home(finished_home, tmp_path_factory.mktemp("backfill") / "home")
    with main_job(home) as job:
        broken = picture(99)
        job.add("refused", {"broken.png": broken[: len(broken) // 2], "note.txt": b"a note"})
        with WorkspaceProcessContext(job.instance, DEFINITIONS) as workspace:
            yield Dagster(job, workspace)


def test_materialize_makes_fresh_images_again_and_notes_what_came_out_the_same(
    dagster: Dagster,
) -> None:
    """A person who presses Materialize means it; the earlier version stays beside the new one."""
    rows_before, count_before = dagster.job.results(), dagster.job.row_count()

    assert dagster.backfill(dagster.job.keys()) is BulkActionStatus.COMPLETED_SUCCESS

    assert dagster.job.results() == rows_before
    made = dagster.job.row_count()["image/thumbnails"] - count_before["image/thumbnails"]
    assert made == 4, "two files are refused before anybody makes a thumbnail of them"
    (event,) = dagster.job.instance.fetch_materializations(
        dg.AssetRecordsFilter(
            dg.AssetKey(["image", "thumbnails"]),
            asset_partitions=[dagster.job.image_of("picture0.png")],
        ),
        limit=1,
    ).records
    assert event.asset_materialization
    assert event.asset_materialization.metadata["again"].value == SAME
    outcomes = {outcome for (outcome,) in dagster.job.sql("select outcome from images")}
    assert outcomes == {"ok", "rejected", "unsupported"}
    for asset in image_recipes():
        assert set(dagster.job.statuses(asset).values()) == {MATERIALIZED}


def test_a_backfill_fails_for_exactly_the_image_that_cannot_be_made(dagster: Dagster) -> None:
    victim = dagster.job.image_of("picture0.png")
    for path in dagster.job.settings.media_home.derivatives.rglob("*.jpg"):
        path.unlink()
    dagster.job.original_of(victim).unlink()

    assert dagster.backfill(dagster.job.keys()) is BulkActionStatus.COMPLETED_FAILED

    for asset in ("thumbnails", "source_record"):
        shown = dagster.job.statuses(asset)
        assert shown.pop(victim) == FAILED
        assert set(shown.values()) == {MATERIALIZED}
