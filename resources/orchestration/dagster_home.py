"""DAGSTER_HOME: the generated ``dagster.yaml``, and the environment that every process needs.

``dagster.yaml`` is written from the settings and never read back: edit the settings, not the file.
The PostgreSQL URL holds a password, so the file names the variable MEDIA_POSTGRES_URL instead.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import sqlalchemy
from dagster_shared.yaml_utils import dump_run_config_yaml
from filelock import FileLock

from resources.configuration.settings import Settings
from resources.orchestration.dagster_damage import DamagedDagster
from resources.orchestration.run_coordinator import recognition_limit
from resources.orchestration.run_locks import LAUNCH_SECONDS
from resources.stores.content_store import partial_name, sync_folder

REPOSITORY = Path(__file__).resolve().parents[2]
EVENT_BATCH_SIZE = 1000
MAX_RUNTIME_SECONDS = 12 * 3600
"""A run of 200 sources takes minutes; one that takes half a day hangs."""

SECONDS_BETWEEN_HEALTH_CHECKS = 5
"""A run whose process was killed is noticed this soon; a check costs a look at its lock file."""

CANCEL_SECONDS = 180
"""Dagster's default: a model may be busy with one source for as long. A run whose process dies
while it is canceled is noticed by the code server."""

FREE_SLOTS_SECONDS = 60
"""When a run's process was killed, the pool slots it held become free after this time."""

MOST_RETRIES = 10
"""Each stop of the service uses one up. A run that dies more often is asked for once more, by
schedules.unfinished_sources, for as long as its sources have no outcome."""

HEADER = "# Written by media from its settings. Changes made here are overwritten.\n"


def prepare_dagster_home(settings: Settings) -> Path:
    """Write ``dagster.yaml`` and make the storage's tables, where not yet done; return the folder.

    Safe to call from many processes at once. Two that open an empty storage stamp its schema twice
    and make it unusable, so it is opened here first, under a file lock (50 ms when it exists).
    """
    home = settings.media_home
    home.create()
    with FileLock(home.locks / "dagster_home.lock"):
        content = HEADER + dump_run_config_yaml(instance_config(settings), sort_keys=False)
        write_if_changed(home.dagster / "dagster.yaml", content)
        with open_storage(settings) as instance:
            instance.event_log_storage.get_maximum_record_id()
    return home.dagster


@contextmanager
def open_dagster(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The prepared Dagster instance, in this process's environment while the context is open.

    Raises DamagedDagster when a file of the embedded storage is no database, or a broken one.
    """
    try:
        prepare_dagster_home(settings)
        with open_storage(settings) as instance:
            yield instance
    except sqlalchemy.exc.DatabaseError as error:
        if type(error.orig) is not sqlite3.DatabaseError:  # its subclasses mean other things
            raise
        folder = settings.media_home.dagster
        raise DamagedDagster(f"Dagster's storage in {folder} is damaged: {error.orig}") from error


@contextmanager
def open_storage(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance that ``dagster.yaml`` describes."""
    with (
        environment(dagster_environment(settings)),
        dg.DagsterInstance.from_config(str(settings.media_home.dagster)) as instance,
    ):
        yield instance


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the processes started and the code run in the context."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def dagster_environment(settings: Settings) -> dict[str, str]:
    """The variables that every process which touches Dagster must have, on top of its own."""
    python_path = [str(REPOSITORY), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    variables = {
        "DAGSTER_HOME": str(settings.media_home.dagster),
        "DAGSTER_EVENT_BATCH_SIZE": str(EVENT_BATCH_SIZE),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "MEDIA_HOME": str(settings.home),
        "PYTHONPATH": os.pathsep.join(
            dict.fromkeys(entry for entry in python_path if Path(entry).is_absolute())
        ),
        "PYTHONSAFEPATH": "1",
    }
    if settings.postgres_url:
        variables["MEDIA_POSTGRES_URL"] = settings.postgres_url.get_secret_value()
    return variables


def instance_config(settings: Settings) -> dict[str, object]:
    """The content of ``dagster.yaml``; see Dagster's documentation of "Dagster instance"."""
    return {
        **(postgres_storage() if settings.postgres_url else sqlite_storage(settings)),
        "compute_logs": component(
            "dagster._core.storage.local_compute_log_manager",
            "LocalComputeLogManager",
            base_dir=str(settings.media_home.dagster / "compute_logs"),
        ),
        "sensors": {"use_threads": True, "num_workers": 4},
        "run_coordinator": component(
            "resources.orchestration.run_coordinator",
            "MediaRunCoordinator",
            dequeue_interval_seconds=1,
            max_concurrent_runs=settings.max_concurrent_runs,
            tag_concurrency_limits=recognition_limit(settings.max_recognition_runs),
            least_free_memory_bytes=settings.least_free_memory_bytes,
        ),
        "run_launcher": component(
            "resources.orchestration.run_launcher",
            "MediaRunLauncher",
            home=str(settings.media_home.root),
        ),
        # How many runs: in the run coordinator, where it can be changed without a restart.
        "concurrency": {"pools": {"default_limit": 1}},
        "run_monitoring": {
            "enabled": True,
            "poll_interval_seconds": SECONDS_BETWEEN_HEALTH_CHECKS,
            "start_timeout_seconds": LAUNCH_SECONDS,
            "cancel_timeout_seconds": CANCEL_SECONDS,
            "max_runtime_seconds": MAX_RUNTIME_SECONDS,
            "free_slots_after_run_end_seconds": FREE_SLOTS_SECONDS,
        },
        # Only deaths of the process are retried: a failed source fails its run on purpose.
        "run_retries": {
            "enabled": True,
            "max_retries": MOST_RETRIES,
            "retry_on_asset_or_op_failure": False,
        },
        "retention": {
            "schedule": {"purge_after_days": {"skipped": 7, "success": 30, "failure": 90}},
            "sensor": {"purge_after_days": {"skipped": 1, "success": 7, "failure": 30}},
        },
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }


def sqlite_storage(settings: Settings) -> dict[str, object]:
    """Embedded storage below DAGSTER_HOME, in the folders that stock Dagster would use."""
    folder = settings.media_home.dagster
    return {
        "run_storage": component(
            "dagster._core.storage.runs", "SqliteRunStorage", base_dir=str(folder / "history")
        ),
        "event_log_storage": component(
            "resources.orchestration.event_storage",
            "BatchingSqliteEventLogStorage",
            base_dir=str(folder / "history" / "runs"),
        ),
        "schedule_storage": component(
            "dagster._core.storage.schedules",
            "SqliteScheduleStorage",
            base_dir=str(folder / "schedules"),
        ),
    }


def postgres_storage() -> dict[str, object]:
    """Storage on the server that MEDIA_POSTGRES_URL names."""
    module = "resources.orchestration.event_storage_postgres"
    url = {"env": "MEDIA_POSTGRES_URL"}
    return {
        "run_storage": component(module, "MediaPostgresRunStorage", postgres_url=url),
        "event_log_storage": component(module, "BatchingPostgresEventLogStorage", postgres_url=url),
        "schedule_storage": component(module, "MediaPostgresScheduleStorage", postgres_url=url),
    }


def component(module: str, class_name: str, **config: object) -> dict[str, object]:
    """How ``dagster.yaml`` names a class and its configuration."""
    return {"module": module, "class": class_name, "config": config}


def write_if_changed(target: Path, content: str) -> None:
    """Make the file hold ``content``; a reader sees the old or the new whole, never a part."""
    if target.exists() and target.read_text() == content:
        return
    partial = partial_name(target)
    partial.write_text(content)
    partial.replace(target)
    sync_folder(target.parent)
