"""Runs that pages ask for are in Dagster's queue, with who asked."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import dagster as dg
import pytest

from tests.support.guarded_ui import GuardedUi, basic, guarded_ui
from tests.support.main_job import copy_home, main_job
from tests.support.running_service import Answer
from tests.web.gallery.addresses import some_image
from tests.web.gallery.conftest import users_of

CODE = Path(__file__).parents[3] / "definitions.py"
ANNA = basic("anna", "an editor's password")
BEN = basic("ben", "a viewer's password")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# The client of Dagster calls its GraphQL library in a way that is going out of use.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Using variable_values and operation_name"),
    # Dagster reads a deprecated property of its own when it loads code in the same process.
    pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition.environment_vars`"),
]


@pytest.fixture(scope="module")
def ui(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """The pages over a home of their own, with the real code behind Dagster's queue."""
    home = copy_home(finished_home, tmp_path_factory.mktemp("runs") / "home")
    with main_job(home), guarded_ui(users_of(home), code=CODE) as running:
        yield running


def sent(ui: GuardedUi, path: str, who: dict[str, str], **fields: object) -> Answer:
    """The answer to a form of ours."""
    page = ui.request("GET", "/gallery", who)
    token = re.search(r'data-form-token="([0-9a-f]+)"', page.body.decode())
    assert token
    cookie = page.headers["set-cookie"].partition(";")[0]
    body = urlencode({"form_token": token[1], **fields}, doseq=True)
    return ui.request("POST", path, {**who, **FORM, "Cookie": cookie}, body)


def run_of(ui: GuardedUi, answer: Answer) -> dg.DagsterRun:
    """The run that the page links to."""
    found = re.search(r'"/runs/([0-9a-f-]{36})"', answer.body.decode())
    assert found, answer.body.decode()
    run = ui.instance.get_run_by_id(found[1])
    assert run
    return run


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
