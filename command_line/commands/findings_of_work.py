"""What ``media doctor`` says of the work: what waits, what is stuck, and whether runs may begin."""

from collections.abc import Iterator

from command_line.commands.finding import Finding
from command_line.queries.tables import Tables
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import human_bytes
from media_assets.execution.waiting_work import waiting_work
from resources.configuration.settings import Settings
from resources.orchestration.stuck_rows import stuck_now
from resources.rows.row_store import RowStore
from resources.stores.free_memory import has_memory, no_memory


def waiting(settings: Settings) -> Iterator[Finding]:
    """New derivatives that wait for a person's yes, with what they cost."""
    for work in waiting_work(Tables.open().rows, settings.ask_above_sources):
        yield Finding(
            "waiting", f"{work.asset}: {work.cost}", f"media models update --asset {work.asset}"
        )


def stuck(settings: Settings) -> Iterator[Finding]:
    """Runs and batches without progress, as the running service found them."""
    if is_service_running(settings.media_home):
        for one in stuck_now(RowStore(settings.media_home.rows)):
            since = f"{one.since:%Y-%m-%d %H:%M} UTC"
            yield Finding(
                "stuck", f"{one.kind} {one.name} makes no progress since {since}", one.why
            )


def memory(settings: Settings) -> Finding:
    """Whether runs may begin."""
    least = settings.least_free_memory_bytes
    lacking = None if has_memory(least) else no_memory(least)
    return Finding("free memory", f"runs begin above {human_bytes(least)}", lacking)
