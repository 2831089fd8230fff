"""Dagster's part: its storage, the daemon's heartbeats, the code server, queues, the last error."""

import time
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._daemon.controller import get_daemon_statuses

from resources.configuration.settings import Settings
from resources.orchestration.runs_under_way import UNDER_WAY
from web.health.part import Finding

HEARTBEAT_SECONDS = 30
SILENT_SECONDS = 120
"""The daemon's parts say every 30 s that they live; on a busy machine one may be late."""

QUEUED = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED]
WORKING = [status for status in UNDER_WAY if status not in QUEUED]
MOST_COUNTED = 2000
"""Runs whose jobs are looked at; of more only the number is told."""

OLD_ERROR = timedelta(days=1)


def storage(settings: Settings, instance: dg.DagsterInstance) -> Finding:
    """Whether Dagster's runs and events can be read; raises where they cannot."""
    kind = "PostgreSQL" if settings.postgres_url else "SQLite"
    instance.get_runs(limit=1)
    instance.event_log_storage.get_maximum_record_id()
    return Finding(True, f"runs and events can be read ({kind})", {"kind": kind})


def heartbeat_ages(instance: dg.DagsterInstance) -> dict[str, float]:
    """Daemon -> seconds since it last said that it lives; those that never did are left out."""
    needed = instance.get_required_daemon_types()
    beats = instance.get_daemon_heartbeats()
    return {kind: time.time() - beats[kind].timestamp for kind in sorted(needed) if kind in beats}


def daemon(instance: dg.DagsterInstance) -> Finding:
    """Whether each of the daemon's parts has said lately that it lives."""
    statuses = get_daemon_statuses(
        instance,
        instance.get_required_daemon_types(),
        ignore_errors=True,
        heartbeat_interval_seconds=HEARTBEAT_SECONDS,
        heartbeat_tolerance_seconds=SILENT_SECONDS,
    )
    ages = heartbeat_ages(instance)
    facts = {"seconds_since_heartbeat": {kind: round(age, 1) for kind, age in ages.items()}}
    silent = sorted(kind for kind, status in statuses.items() if not status.healthy)
    if silent:
        words = ", ".join(kind.lower().replace("_", " ") for kind in silent)
        said = f"no sign of life for {HEARTBEAT_SECONDS + SILENT_SECONDS} s: {words}"
        return Finding(False, said, facts, "start the service again: media up")
    return Finding(True, f"all {len(statuses)} of its parts live", facts)


def code_server(context: WorkspaceProcessContext) -> Finding:
    """Whether each code location is loaded, and its server answers now; raises when it does not."""
    for entry in context.get_current_workspace().code_location_entries.values():
        location = entry.code_location
        if location is None:
            return Finding(False, "the definitions are not loaded", advice="media up again")
        if isinstance(location, GrpcServerCodeLocation):
            location.client.ping("health")
    return Finding(True, "the definitions are loaded, and their server answers")


def runs_by_job(instance: dg.DagsterInstance) -> dict[str, dict[str, int]]:
    """Job -> its runs that are ``queued`` and ``working``; the oldest MOST_COUNTED are counted."""
    found: dict[str, dict[str, int]] = {}
    filters = dg.RunsFilter(statuses=UNDER_WAY)
    for run in instance.get_runs(filters, limit=MOST_COUNTED, ascending=True):
        counts = found.setdefault(run.job_name, {"queued": 0, "working": 0})
        counts["queued" if run.status in QUEUED else "working"] += 1
    return found


def queue(instance: dg.DagsterInstance) -> Finding:
    """How many runs wait and work. Nobody judges that: an archive may wait for days."""
    queued = instance.get_runs_count(dg.RunsFilter(statuses=QUEUED))
    working = instance.get_runs_count(dg.RunsFilter(statuses=WORKING))
    by_job = runs_by_job(instance)
    facts = {
        "queued": queued,
        "working": working,
        "queued_by_job": {job: counts["queued"] for job, counts in by_job.items()},
        "working_by_job": {job: counts["working"] for job, counts in by_job.items()},
    }
    return Finding(None, f"{working:,} runs work, {queued:,} wait", facts)


def last_error(instance: dg.DagsterInstance) -> Finding:
    """The newest run of the last day that failed; the sources it was about are tried again."""
    since = datetime.now(UTC) - OLD_ERROR
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=since)
    records = instance.get_run_records(failed, limit=1)
    if not records:
        return Finding(None, "no run has failed in the last day")
    run, at = records[0].dagster_run, records[0].update_timestamp.astimezone(UTC)
    facts = {"job": run.job_name, "run_id": run.run_id, "at": at.isoformat()}
    said = f"a run of {run.job_name} failed at {at:%Y-%m-%d %H:%M} UTC"
    return Finding(None, said, facts, "media failures, or the run in Dagster's UI")
