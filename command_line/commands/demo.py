"""``make demo``: the main job on sample pictures, from landing folder to SQL, without a browser."""

import tempfile
import time
from pathlib import Path

from command_line.commands.add import drop, tell_problems, wait_until_ready
from command_line.queries.tables import Tables
from command_line.terminal.console import out, show_table
from resources.configuration.settings import Settings
from samples.pictures import make_sample_pictures

BATCH = "demo"
QUERY = """
select image_id, format, width_px || ' x ' || height_px as size, outcome, taken_at_text as taken,
    camera_model as camera, round(latitude, 3) as lat, round(longitude, 3) as lon, reason
from images
where batch = 'demo'
order by landed_at, image_id
"""


def run_demo() -> None:
    """Draw pictures, drop them, process them, and show what SQL knows."""
    settings = Settings()
    settings.media_home.create()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        pictures = make_sample_pictures(Path(folder))
        out.print(
            f"{len(pictures)} sample pictures drawn; dropping them into the landing folder ..."
        )
        dropped = drop(settings, [Path(folder)], BATCH)
    record = wait_until_ready(settings, BATCH, dropped)
    out.print(f'\nmedia sql "{" ".join(QUERY.split())}"\n', style="dim", soft_wrap=True)
    found = Tables.open().own_query(QUERY)
    show_table(found.names, found.rows)
    out.print(f"\n{record['closing_line']} ({time.monotonic() - started:.0f} s)", markup=False)
    tell_problems([record])
    where_next(settings)


def where_next(settings: Settings) -> None:
    """Say where the results are and what to try."""
    home = settings.media_home
    out.print(f"\nThumbnails and other renditions: {home.derivatives}", markup=False)
    out.print(f"SQL tables (any DuckDB tool):    {home.warehouse}", markup=False)
    out.print("\nGo on with:", style="bold")
    out.print("  make up                                         the service and its web UI")
    out.print("  .venv/bin/media add ~/Pictures --wait           your own pictures")
    out.print("  .venv/bin/media show dunes                      all about one picture")
    out.print('  .venv/bin/media sql "from batches"              any question')
