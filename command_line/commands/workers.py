"""``media workers``: how many runs work at a time, and what each does now."""

from dataclasses import asdict
from datetime import UTC, datetime

from command_line.terminal.console import CommandError, out, rows_shown, show_json
from media_assets.curation.person import person
from media_assets.curation.work_control import change_workers
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.worker_counts import (
    UnusableWorkerCount,
    WorkerCounts,
    worker_counts,
)
from resources.orchestration.working_runs import WorkingRun, working_runs


def show_workers(*, as_json: bool) -> None:
    """Print the counts and the runs."""
    settings = Settings()
    with open_dagster(settings) as instance:
        counts = worker_counts(instance, WorkerCounts.of(settings))
        runs = working_runs(instance, settings.media_home)
    if as_json:
        show_json({**asdict(counts), "under_way": [asdict(run) for run in runs]})
        return
    out.print(in_words(counts, settings), markup=False)
    if runs:
        now = datetime.now(UTC)
        cells = [run_cells(run, now) for run in runs]
        out.print(rows_shown(list(cells[0]), [list(row.values()) for row in cells]))


def change_count(count: int, *, with_models: bool, as_json: bool) -> None:
    """Set a count and print both. Raises CommandError where the settings do not allow it."""
    settings = Settings()
    try:
        with open_dagster(settings) as instance:
            by = person(settings)
            counts = change_workers(instance, settings, by, count, with_models=with_models)
    except UnusableWorkerCount as error:
        raise CommandError(str(error)) from error
    if as_json:
        show_json(asdict(counts))
    else:
        out.print(in_words(counts, settings), markup=False)


def in_words(counts: WorkerCounts, settings: Settings) -> str:
    """The counts and what may be set."""
    return (
        f"Runs at a time: {counts.runs}; of these with models: {counts.with_models}. "
        f"May be set: {settings.least_workers} to {settings.most_workers}."
    )


def run_cells(run: WorkingRun, now: datetime) -> dict[str, object]:
    """One run as a row of a table."""
    return {
        "run": run.run_id[:8],
        "job": run.job,
        "status": run.status,
        "stage": run.stage or "",
        "batch": run.batch or "",
        "process": ", ".join(map(str, run.processes)),
        "heard": f"{max(0, (now - run.last_sign).total_seconds()):.0f} s ago",
    }
