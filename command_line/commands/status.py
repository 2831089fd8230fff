"""``media status``: batches, work under way, gaps, space."""

import time

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from command_line.queries.tables import Record, Tables
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import cell, human_bytes, out, show_json
from resources.configuration.settings import Settings

REFRESH_SECONDS = 2

BATCHES = """
select batch, status, files_seen as files, accepted as images,
    coalesce(closing_line, ok + degraded + rejected + unsupported + failed || ' ready') as so_far,
    started_at
from batches
order by started_at desc nulls first, batch
limit 20
"""
GAPS = """
select gap, count(*) as derivatives, count(distinct image_id) as images
from gaps
group by gap
order by gap
"""
STORAGE = """
select kind, sum(files)::bigint as files, sum(bytes)::bigint as bytes
from storage_usage
group by kind
order by kind
"""


def show_status(*, watch: bool, as_json: bool) -> None:
    """Print the state once, or keep it on the screen until Ctrl-C."""
    settings = Settings()
    tables = Tables.open()
    if as_json:
        show_json(state(settings, tables))
        return
    if not watch:
        out.print(view(state(settings, tables)))
        return
    with Live(view(state(settings, tables)), console=out, screen=False) as live:
        while True:
            time.sleep(REFRESH_SECONDS)
            live.update(view(state(settings, Tables.open())))


def state(settings: Settings, tables: Tables) -> dict[str, object]:
    """Everything that status shows, as plain values."""
    return {
        "home": str(settings.home),
        "landing": [f"{root.path} ({root.mode})" for root in settings.roots],
        "service": "running" if is_service_running(settings.media_home) else "stopped",
        "images": tables.rows("select count(*) from images")[0][0],
        "batches": tables.records(BATCHES),
        "gaps": tables.records(GAPS),
        "storage": tables.records(STORAGE),
    }


def view(now: dict[str, object]) -> RenderableType:
    """The state as text and tables."""
    lines = Text()
    for name in ("home", "landing", "service", "images"):
        value = now[name]
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        lines.append(f"{name:<9}", style="bold").append(f"{shown}\n")
    storage = [
        {**record, "bytes": human_bytes(int(str(record["bytes"] or 0)))}
        for record in records(now["storage"])
    ]
    parts = {"Batches": records(now["batches"]), "Gaps": records(now["gaps"]), "Storage": storage}
    return Group(lines, *(table(title, rows) for title, rows in parts.items() if rows))


def records(value: object) -> list[Record]:
    """A part of the state that is a list of records."""
    return value if isinstance(value, list) else []


def table(title: str, rows: list[Record]) -> Table:
    """Records as a table."""
    shown = Table(title=title, title_justify="left", header_style="bold")
    for name in rows[0]:
        shown.add_column(name)
    for row in rows:
        shown.add_row(*(Text(cell(value)) for value in row.values()))
    return shown
