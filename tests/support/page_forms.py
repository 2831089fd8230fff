"""Forms of the pages as a browser sends them, and the runs that the answers link to."""

import re
from pathlib import Path
from urllib.parse import urlencode

import dagster as dg
import pytest

from tests.support.guarded_ui import GuardedUi, basic
from tests.support.running_service import Answer

CODE = Path(__file__).parents[2] / "definitions.py"
ANNA = basic("anna", "an editor's password")
BEN = basic("ben", "a viewer's password")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

OF_DAGSTERS_CLIENT = [
    # The client of Dagster calls its GraphQL library in a way that is going out of use.
    pytest.mark.filterwarnings("ignore:Using variable_values and operation_name"),
    # Dagster reads a deprecated property of its own when it loads code in the same process.
    pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition.environment_vars`"),
]
"""Marks of a module whose pages request runs."""


def sent(ui: GuardedUi, path: str, who: dict[str, str] = ANNA, **fields: object) -> Answer:
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
