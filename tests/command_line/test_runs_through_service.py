"""Commands beside a service that asks people for a login: they need none, and say what to do."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from command_line.service.runs import run_through_service
from command_line.terminal.console import CommandError
from resources.configuration.settings import Settings
from tests.support.guarded_ui import GuardedUi, guarded_ui
from web.guard.owner_token import token_file
from web.guard.roles import Role
from web.guard.users import WebUsers

# The client of Dagster calls its GraphQL library in a way that is going out of use.
pytestmark = pytest.mark.filterwarnings("ignore:Using variable_values and operation_name")

REQUEST = dg.RunRequest(job_name="process_samples", tags={"team": "photos"})


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    WebUsers(settings.media_home).add("anna", "an editor's password", Role.EDITOR)
    with guarded_ui(settings) as running:
        yield running


def settings_of(ui: GuardedUi, **changes: object) -> Settings:
    return ui.settings.model_copy(update={"port": ui.port, **changes})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104 - a setting
def test_a_command_of_the_owner_needs_no_login(ui: GuardedUi, host: str) -> None:
    run_id = run_through_service(settings_of(ui, host=host), REQUEST)

    run = ui.instance.get_run_by_id(run_id)
    assert run
    assert run.tags["team"] == "photos"


def test_a_token_that_the_service_does_not_know_ends_in_a_sentence(
    ui: GuardedUi, capsys: pytest.CaptureFixture[str]
) -> None:
    file = token_file(ui.settings.media_home)
    kept = file.read_text()
    file.write_text("another")
    try:
        with pytest.raises(CommandError):
            run_through_service(settings_of(ui), REQUEST)
    finally:
        file.write_text(kept)
    said = capsys.readouterr().err
    assert "did not take the run: Server error with code 401" in said
    assert "on the service's machine" in said
    assert len(said.splitlines()) == 2


def test_without_the_token_it_says_where_to_run_the_command(
    ui: GuardedUi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError):
        run_through_service(settings_of(ui, home=tmp_path), REQUEST)
    assert "token cannot be read" in capsys.readouterr().err


def test_a_service_that_does_not_answer_ends_in_a_sentence(
    ui: GuardedUi, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError):
        run_through_service(settings_of(ui, port=1), REQUEST)
    assert "did not take the run" in capsys.readouterr().err
