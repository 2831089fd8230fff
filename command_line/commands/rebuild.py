"""``media rebuild``: the caches made again from the truth."""

import shutil
import time

from command_line.queries.tables import existing_home, prepare
from command_line.service.foreground import publish, refresh_search, restore_partitions
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, human_bytes, out, show_json
from resources.configuration.settings import Settings
from resources.landing.ingest import open_ledger
from resources.orchestration.dagster_home import open_dagster


def rebuild_caches(*, as_json: bool) -> None:
    """Delete media.duckdb, live.duckdb, the search index and the landing ledger; make them again.

    Raises CommandError while the service runs: it would write the old ledger's state back.
    """
    existing_home()
    settings = Settings()
    home = settings.media_home
    if is_service_running(home):
        raise CommandError("the service is running", hint="stop it first (Ctrl-C in its terminal)")
    started = time.monotonic()
    caches = (home.warehouse, home.live, home.preparation)
    for cache in (*caches, *home.root.glob(f"{home.ledger.name}*")):
        cache.unlink(missing_ok=True)
    if home.search_index.exists():
        shutil.rmtree(home.search_index)
    make_caches(settings)
    seconds = time.monotonic() - started
    size = home.warehouse.stat().st_size
    if as_json:
        show_json({"path": str(home.warehouse), "bytes": size, "seconds": seconds})
    else:
        out.print(
            f"{home.warehouse} ({human_bytes(size)}) made again in {seconds:.1f} s.", markup=False
        )
        out.print("The landing ledger is made again too: known files are not read again.")


def make_caches(settings: Settings) -> None:
    """Make the caches that are absent from the rows."""
    home = settings.media_home
    prepare(home)
    with open_ledger(home):
        pass
    with open_dagster(settings) as instance:
        restore_partitions(settings, instance)
        publish(settings, instance)
        refresh_search(settings, instance)
