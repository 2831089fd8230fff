"""Finds runs and batches that make no progress, and puts on record which, since when, and why.

It asks for no run: one could wait in the very queue that is stuck. What it finds shows in ``media
status``, ``media doctor``, on the first page and in the table ``stuck_work``; it is over as soon as
something moves.
"""

from datetime import UTC, datetime

import dagster as dg

from media_assets.execution.stuck_work import Look, stuck_batches, stuck_runs, working_now
from media_assets.media import all_media
from resources.configuration.notify_settings import Event
from resources.configuration.settings import Settings
from resources.display_text import plain_text
from resources.notifications.outbox import Announcement, announce
from resources.orchestration.stuck_rows import Stuck, note_stuck
from resources.rows.row_store import RowStore
from resources.warehouse.database_file import ask_again_for_lost_files
from schedules.tables_now import current_tables

LONGEST_LINE = 300


@dg.schedule(
    job_name=next(iter(all_media().values())).job,
    cron_schedule="*/5 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every five minutes: notes runs and batches without progress. Requests no run.",
)
def stuck_work(context: dg.ScheduleEvaluationContext) -> dg.SkipReason:
    """Note what is stuck now; the reason of the tick says what is new."""
    settings = Settings()
    look = Look(settings, context.instance, all_media().values(), datetime.now(UTC))
    stuck = stuck_at(look)
    new = note_stuck(RowStore(settings.media_home.rows), stuck)
    for one in new:
        context.log.warning("%s", said(one))
    for one in stuck:  # told once for each time that it gets stuck
        announce(settings, announcement_of(one))
    return dg.SkipReason("; ".join(map(said, new)) or "nothing got stuck since the last look")


@ask_again_for_lost_files
def stuck_at(look: Look) -> list[Stuck]:
    """All that is stuck."""
    runs = working_now(look)
    found = list(stuck_runs(look, runs))
    if look.settings.media_home.warehouse.exists():
        with current_tables(look.settings) as connection:
            found += stuck_batches(look, runs, connection)
    return found


def announcement_of(one: Stuck) -> Announcement:
    """The message about it."""
    occasion = f"{one.kind} {one.name} {one.since.isoformat()}"
    facts = {"kind": one.kind, "name": one.name, "batch": one.batch, "why": one.why}
    return Announcement(Event.STUCK, occasion, f"A {one.kind} is stuck", said(one), facts)


def said(one: Stuck) -> str:
    """One line."""
    text = f"{one.kind} {one.name} makes no progress since {one.since:%Y-%m-%d %H:%M}: {one.why}"
    return plain_text(text, longest=LONGEST_LINE)
