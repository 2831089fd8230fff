"""Runs that pages ask for are in Dagster's queue, with who asked."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.support.guarded_ui import GuardedUi, guarded_ui
from tests.support.main_job import copy_home, main_job
from tests.support.page_forms import ANNA, BEN, CODE, OF_DAGSTERS_CLIENT, run_of, sent
from tests.web.gallery.addresses import some_image
from tests.web.gallery.conftest import users_of

pytestmark = OF_DAGSTERS_CLIENT


@pytest.fixture(scope="module")
def ui(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """The pages over a home of their own, with the real code behind Dagster's queue."""
    home = copy_home(finished_home, tmp_path_factory.mktemp("runs") / "home")
    with main_job(home), guarded_ui(users_of(home), code=CODE) as running:
        yield running


def test_a_reprocess_of_chosen_pictures_is_a_run_in_the_queue_with_who_asked(ui: GuardedUi) -> None:
    image = some_image(ui)
    fields = {"id": image, "asset": ["caption", "description"], "hint": "Bled in 1912"}
    run = run_of(ui, sent(ui, "/gallery/reprocess", ANNA, **fields))

    assert run.status is dg.DagsterRunStatus.QUEUED
    assert run.tags["user"] == "anna"
    assert run.tags["dagster/asset_partition_range_start"] == image
    assert run.asset_selection
    assert dg.AssetKey(["image", "caption"]) in run.asset_selection
    assert "Bled in 1912" in str(run.run_config)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"id": "x", "asset": "caption"}, 404),
        ({"id": "{image}"}, 400),
        ({"id": "{image}", "asset": "nothing"}, 400),
        ({"id": "{image}", "asset": "caption", "hint": "x" * 1001}, 400),
        ({"asset": "caption"}, 400),
    ],
)
def test_what_cannot_be_made_again_is_refused_and_no_run_is_made(
    ui: GuardedUi, fields: dict[str, str], status: int
) -> None:
    before = len(ui.instance.get_runs())
    given = {name: value.format(image=some_image(ui)) for name, value in fields.items()}

    assert sent(ui, "/gallery/reprocess", ANNA, **given).status == status
    assert len(ui.instance.get_runs()) == before


def test_a_viewer_cannot_request_a_run(ui: GuardedUi) -> None:
    fields = {"id": some_image(ui), "asset": "caption"}
    assert sent(ui, "/gallery/reprocess", BEN, **fields).status == 403
