"""``media batch``: pause, resume and cancel the work on a batch, or all work."""

from collections.abc import Callable, Sequence

import dagster as dg

from command_line.queries.tables import Tables
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, out, show_json
from media_assets.curation.person import person
from media_assets.curation.work_control import cancel_batch, pause_all, pause_batch, resume_batch
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster

Change = Callable[[dg.DagsterInstance, MediaHome, str, str], int]
"""Changes one batch of a home for a person; how many runs it concerns."""

KNOWN = "select batch from batches"
CANCELLED = """
select batch from batches
where status = 'cancelled' and batch in (select unnest(?::varchar[]))
order by batch
"""
AFTER_THE_START = "No service is running: this counts for the next media up."


def pause_batches(names: Sequence[str], *, everything: bool, as_json: bool) -> None:
    """Pause the batches, or all work."""
    if everything:
        change_all(names, is_paused=True, as_json=as_json)
        return
    done = change(names, pause_batch)
    report(done, "paused: {runs} run(s) stopped, nothing made is lost", as_json=as_json)


def resume_batches(names: Sequence[str], *, everything: bool, as_json: bool) -> None:
    """Resume the batches, or all work."""
    if everything:
        change_all(names, is_paused=False, as_json=as_json)
        return
    done = change(names, resume_batch)
    report(done, "resumed: {runs} run(s) go on", as_json=as_json)
    if not as_json:
        for (batch,) in Tables.open().rows(CANCELLED, [list(names)]):
            out.print(f"{batch} was cancelled; take it up again: media retry {batch}", markup=False)


def cancel_batches(names: Sequence[str], *, as_json: bool) -> None:
    """Cancel the runs of the batches."""
    done = change(names, cancel_batch)
    report(done, "cancelled: {runs} run(s); take it up again: media retry {batch}", as_json=as_json)


def change(names: Sequence[str], how: Change) -> dict[str, int]:
    """Change each batch. Raises CommandError, before anything, for an unknown one or none."""
    settings = Settings()
    refuse_unknown(names)
    with open_dagster(settings) as instance:
        home, by = settings.media_home, person(settings)
        return {batch: how(instance, home, batch, by) for batch in names}


def refuse_unknown(names: Sequence[str]) -> None:
    """Raise CommandError unless every batch exists."""
    if not names:
        raise CommandError("no batch is named", hint="media status lists them; --all means all")
    known = {str(batch) for (batch,) in Tables.open().rows(KNOWN)}
    if unknown := [name for name in names if name not in known]:
        raise CommandError(
            f"there is no batch {', '.join(unknown)}", hint="media status lists the batches"
        )


def change_all(names: Sequence[str], *, is_paused: bool, as_json: bool) -> None:
    """Let no further run begin, or let them begin again."""
    if names:
        raise CommandError("--all means every batch", hint="name batches, or give --all")
    settings = Settings()
    with open_dagster(settings) as instance:
        pause_all(instance, settings.media_home, person(settings), is_paused=is_paused)
    if as_json:
        show_json({"is_paused": is_paused})
        return
    text = "Paused: no further run begins; those that work go on to their end."
    out.print(text if is_paused else "Resumed: runs begin again.")


def report(done: dict[str, int], sentence: str, *, as_json: bool) -> None:
    """Say of each batch what was done."""
    if as_json:
        show_json([{"batch": batch, "runs": runs} for batch, runs in done.items()])
        return
    for batch, runs in done.items():
        out.print(f"{batch} " + sentence.format(runs=runs, batch=batch), markup=False)
    if not is_service_running(Settings().media_home):
        out.print(AFTER_THE_START)
