"""``media status``: batches, work under way, gaps, what is not taken, space."""

import time

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from command_line.queries.media_columns import without_sources
from command_line.queries.not_taken import NOT_TAKEN
from command_line.queries.preparation import landing_folders
from command_line.queries.tables import Record, Tables
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import human_bytes, out, rows_shown, show_json
from command_line.terminal.interruption import raise_if_asked_to_end
from media_assets.execution.waiting_work import what_waits
from resources.notifications.outbox import undelivered

REFRESH_SECONDS = 2

BATCHES = """
select batch, status, files_seen as files, coalesce(counted.images, 0) as images,
    accepted as sources,
    coalesce(
        closing_line,
        ok + degraded + rejected + unsupported + failed || ' ready'
            || coalesce(', ' || made.percent || ' % made', '')
    ) as so_far,
    started_at
from batches
left join (
    select batch, count(*) as images
    from stg_ingest__sources
    where medium = 'image' and not is_superseded
    group by batch
) as counted using (batch)
left join (
    select batch, 100 * sum(done) // sum(expected) as percent
    from progress
    group by batch
) as made using (batch)
order by started_at desc nulls first, batch
limit 20
"""
MEDIA = """
select medium, count(*) as sources
from stg_ingest__sources
where not is_superseded
group by medium
order by medium
"""
GAPS = """
select gap, count(*) as derivatives, count(distinct image_id) as images,
    count(distinct source_id) as sources
from gaps
group by gap
order by gap
"""
STUCK = "select kind, name, batch, since, why from stuck_work order by since, kind, name"
NOT_TAKEN_SHOWN = 20
"""Lines of what is not taken; a machine gets all of them."""

WHEN_STALE = """Stale: made by an older recipe or of an older input, and still used.
Make it again: media models update
Why: media sql "select distinct asset, why from gaps where gap = 'stale'\""""

STORAGE = """
select kind, sum(files)::bigint as files, sum(bytes)::bigint as bytes
from storage_usage
group by kind
order by kind
"""

NOT_INTACT = """
select kind, state, count(*) as files
from fixity
where state not in ('ok', 'not_checked')
group by kind, state
order by kind, state
"""


def show_status(*, watch: bool, as_json: bool) -> None:
    """Print the state once, or keep it on the screen until Ctrl-C."""
    tables = Tables.open()
    if as_json:
        show_json(state(tables))
        return
    if not watch:
        out.print(view(state(tables)), crop=False)
        return
    try:
        with Live(view(state(tables)), console=out, screen=False) as live:
            while True:
                time.sleep(REFRESH_SECONDS)
                raise_if_asked_to_end()
                live.update(view(state(Tables.open())))
    finally:
        if not out.is_terminal:  # where Live leaves its last line open
            out.print()


def state(tables: Tables) -> dict[str, object]:
    """Everything that status shows, as plain values."""
    media = {str(medium): int(str(count)) for medium, count in tables.rows(MEDIA)}
    gaps = tables.records(GAPS)
    is_running = is_service_running(tables.home)
    return {
        "home": str(tables.home.root),
        "landing": landing_folders(tables.home),
        "service": "running" if is_running else "stopped",
        "images": media.pop("image", 0),
        "other_media": media,
        "batches": tables.records(BATCHES),
        "gaps": gaps,
        "not_taken": tables.records(NOT_TAKEN),
        "storage": tables.records(STORAGE),
        "not_intact": tables.records(NOT_INTACT),
        "notifications": notifications(tables),
        "waiting": waiting(tables) if gaps else [],
        "stuck": tables.records(STUCK) if is_running else [],
    }


def waiting(tables: Tables) -> list[str]:
    """What all runs wait for, and what waits for a person's yes, with what it costs."""
    from resources.configuration.settings import Settings
    from resources.stores.free_space import why_to_wait

    settings = Settings()
    lacking = why_to_wait(settings)
    asked = what_waits(tables.rows, settings.ask_above_sources)
    return [lacking, *asked] if lacking else asked


def notifications(tables: Tables) -> str | None:
    """What could not be told yet; None when all was."""
    found = undelivered(tables.home)
    return found.text if found.waiting or found.given_up else None


def view(now: dict[str, object]) -> RenderableType:
    """The state as text and tables."""
    lines = Text(no_wrap=True, overflow="ignore")
    for name in ("home", "landing", "service", "images", "other_media", "notifications"):
        value = now[name]
        if value or name not in ("other_media", "notifications"):
            label = "messages" if name == "notifications" else name.partition("_")[0]
            lines.append(f"{label:<9}", style="bold").append(f"{shown(value)}\n")
    storage = [
        {**record, "bytes": human_bytes(int(str(record["bytes"] or 0)))}
        for record in records(now["storage"])
    ]
    counted = {name: without_sources(records(now[name.lower()])) for name in ("Batches", "Gaps")}
    not_taken = records(now["not_taken"])[:NOT_TAKEN_SHOWN]
    parts = {
        "Stuck": records(now["stuck"]),
        **counted,
        "Not taken": not_taken,
        "Storage": storage,
    }
    waiting = [Text(str(line), style="yellow") for line in records(now["waiting"])]
    wrong = [Text(not_intact(one), style="bold red") for one in records(now["not_intact"])]
    tables = (table(title, rows) for title, rows in parts.items() if rows)
    is_stale = any(gap["gap"] == "stale" for gap in records(now["gaps"]))
    return Group(lines, *wrong, *waiting, *tables, *([Text(WHEN_STALE)] if is_stale else []))


def not_intact(record: Record) -> str:
    """Files that a fixity check found damaged, missing or unreadable, in a sentence."""
    kind = str(record["kind"]).replace("_", " ")
    return f"{record['files']} {kind} file(s) {record['state']}: media fixity status"


def shown(value: object) -> str:
    """A plain value, a list, or counts such as "3 notes, 1 film", in words."""
    if isinstance(value, dict):
        named = (f"{count} {medium}{'' if count == 1 else 's'}" for medium, count in value.items())
        return ", ".join(named)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def records(value: object) -> list[Record]:
    """A part of the state that is a list of records."""
    return value if isinstance(value, list) else []


def table(title: str, rows: list[Record]) -> RenderableType:
    """Records as a table, or one below the other where that does not fit."""
    return rows_shown(list(rows[0]), [list(row.values()) for row in rows], title=title)
