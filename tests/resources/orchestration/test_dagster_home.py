"""The generated Dagster home works on SQLite and PostgreSQL, holds no secret, survives a race."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy
from pydantic import SecretStr

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import (
    dagster_environment,
    open_dagster,
    prepare_dagster_home,
)
from resources.orchestration.event_storage import BatchingSqliteEventLogStorage
from resources.orchestration.event_storage_postgres import BatchingPostgresEventLogStorage
from resources.orchestration.run_coordinator import MediaRunCoordinator
from tests.support.child_processes import started
from tests.support.dagster_samples import SOURCE, THUMB, run_range, statuses

OPENER = """
import time
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
print("imported", flush=True)
settings = Settings()
while not (settings.home / "go").exists():
    time.sleep(0.001)
with open_dagster(settings) as instance:
    instance.get_runs()
    print(instance.event_log_storage.alembic_version())
"""
IMAGES = ["a", "b", "bad-c", "d"]


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, empty_storage: Path) -> Settings:
    """Settings of a new home on either storage."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        shutil.copytree(empty_storage, home / "dagster")
        return Settings(home=home, max_concurrent_runs=3)
    url = request.getfixturevalue("database_url")
    return Settings(home=home, max_concurrent_runs=3, postgres_url=SecretStr(url))


def test_one_bad_image_fails_alone_and_all_others_are_materialized(settings: Settings) -> None:
    """The promise of the product; it rests on internals of Dagster, so it is tested end to end."""
    with open_dagster(settings) as instance:
        ended = run_range(instance, IMAGES)
        source, thumb = (statuses(instance, key, IMAGES) for key in (SOURCE, THUMB))
        event = instance.get_latest_materialization_event(SOURCE)

    assert ended.status == dg.DagsterRunStatus.FAILURE
    assert source == dict.fromkeys(IMAGES, "MATERIALIZED")
    assert thumb == {**dict.fromkeys(IMAGES, "MATERIALIZED"), "bad-c": "FAILED"}
    assert event
    assert event.asset_materialization
    assert event.asset_materialization.metadata["image"].value == "d"
    assert event.asset_materialization.tags["dagster/data_version"] == "d-v1"
    assert ended.tags["dagster/will_retry"] == "false"


def test_the_instance_is_made_of_our_components(settings: Settings) -> None:
    with open_dagster(settings) as instance:
        config = instance.get_concurrency_config()
        assert isinstance(instance.run_coordinator, MediaRunCoordinator)
        assert instance.run_coordinator.dequeue_interval_seconds == 1
        assert config.run_queue_config
        assert config.run_queue_config.max_concurrent_runs == 3 + 1  # the place for instant runs
        assert config.pool_config.default_pool_limit == 1
        assert instance.run_retries_max_retries == 10
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds > 0
        assert not instance.telemetry_enabled
        ours = (BatchingSqliteEventLogStorage, BatchingPostgresEventLogStorage)
        assert isinstance(instance.event_log_storage, ours)
        assert settings.media_home.dagster.as_posix() in str(instance.compute_log_manager._base_dir)  # type: ignore[attr-defined]


def test_preparing_again_changes_no_file(settings: Settings) -> None:
    folder = prepare_dagster_home(settings)
    before = (folder / "dagster.yaml").stat()
    prepare_dagster_home(settings)

    assert (folder / "dagster.yaml").stat() == before


def test_changed_settings_and_damage_are_written_over(tmp_path: Path) -> None:
    folder = prepare_dagster_home(Settings(home=tmp_path, max_concurrent_runs=1))
    (folder / "dagster.yaml").write_text("nonsense: [")
    prepare_dagster_home(Settings(home=tmp_path, max_concurrent_runs=7))

    assert "max_concurrent_runs: 7" in (folder / "dagster.yaml").read_text()


def test_the_password_of_the_database_is_in_no_file(database_url: str, tmp_path: Path) -> None:
    secret = sqlalchemy.make_url(database_url).set(password="swordfish")  # noqa: S106
    settings = Settings(home=tmp_path, postgres_url=secret.render_as_string(hide_password=False))
    prepare_dagster_home(settings)

    assert (
        dagster_environment(settings)["MEDIA_POSTGRES_URL"]
        == settings.postgres_url.get_secret_value()
    )
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert tmp_path / "dagster" / "dagster.yaml" in files
    assert not [path for path in files if b"swordfish" in path.read_bytes()]


def test_processes_that_start_together_on_a_fresh_home_agree_on_its_schema(tmp_path: Path) -> None:
    """Stock Dagster then stamps two schema heads, and no process can open the home again."""
    environment = {**os.environ, **dagster_environment(Settings(home=tmp_path))}
    command = [sys.executable, "-c", OPENER]
    with ExitStack() as all_ended:
        processes = [
            all_ended.enter_context(started(command, env=environment, stdout=subprocess.PIPE))
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "imported\n"
        (tmp_path / "go").touch()
        said = [process.communicate()[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert len(set(said)) == 1
    for name in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db"):
        engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'dagster' / name}")
        with engine.connect() as connection:
            stamps = connection.execute(sqlalchemy.text("select * from alembic_version")).all()
        engine.dispose()
        assert len(stamps) == 1, name


def test_the_environment_is_what_it_was_after_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "/elsewhere")
    monkeypatch.delenv("DAGSTER_EVENT_BATCH_SIZE", raising=False)
    before = dict(os.environ)
    with open_dagster(Settings(home=tmp_path)) as instance:
        assert os.environ["DAGSTER_HOME"] == instance.root_directory == str(tmp_path / "dagster")
        assert os.environ["DAGSTER_EVENT_BATCH_SIZE"] == "1000"

    assert dict(os.environ) == before
