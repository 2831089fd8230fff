"""``media backup`` and ``media restore``: a copy that can be trusted, and the way back."""

import shutil
import sqlite3
from pathlib import Path

import typer

from command_line.commands.rebuild import make_caches
from command_line.commands.watched_folders import refuse_watched
from command_line.queries.tables import prepare
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, err, human_bytes, out, show_json
from media_assets.media import all_media
from media_assets.tables import RECIPE
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.orchestration.run_locks import end_runs_under_way
from resources.preservation.backup import BackupRefused, back_up
from resources.preservation.bag import DamagedBag
from resources.preservation.restore import RestoreRefused, restore_files

POSTGRES_NOTE = (
    "Dagster's storage is on PostgreSQL and not in this backup; save it too: "
    'pg_dump --format=custom --file=dagster.dump "$MEDIA_POSTGRES_URL"'
)


def make_backup(target: Path, *, check: bool, as_json: bool) -> None:
    """Back up the home into ``target`` and say what is in it. Exit code 1 on any problem."""
    settings = Settings()
    home = settings.media_home
    refuse_watched(settings, target)
    if not home.root.exists():
        raise CommandError(f"{home.root} does not exist: there is nothing to back up")
    prepare(home)
    try:
        downstream_first = [
            recipe.table
            for medium in all_media().values()
            for recipe in reversed(medium.recipes.values())
        ]
        done = back_up(
            home,
            target,
            first_table=RECIPE.name,
            downstream_first=downstream_first,
            check=check,
        )
    except (BackupRefused, DamagedBag) as error:
        raise CommandError(str(error)) from error
    except (OSError, sqlite3.Error) as error:
        hint = "run it again: it goes on where it stopped, and the backup before it is untouched"
        raise CommandError(f"the backup stopped: {error}", hint=hint) from error
    if as_json:
        show_json({**vars(done), "root": str(done.root), "postgres": bool(settings.postgres_url)})
    else:
        out.print(
            f"{done.images} originals, {sum(done.row_counts.values())} rows: {done.files} files, "
            f"{human_bytes(done.bytes)} in {done.root}; new: {done.copied_files} files, "
            f"{human_bytes(done.copied_bytes)} ({done.seconds:.1f} s)",
            markup=False,
        )
        if done.referenced:
            out.print(f"{done.referenced} referenced files stay where they are: save them too.")
        if done.retained:
            out.print(f"{done.retained} files are kept here that the home no longer has.")
        if settings.postgres_url:
            out.print(POSTGRES_NOTE, markup=False, soft_wrap=True)
    end_with(done.problems)


def restore_backup(source: Path, *, as_json: bool) -> None:
    """Fill the empty home from the backup, make the caches, and say what came back."""
    settings = Settings()
    home = settings.media_home
    if home.locks.exists() and is_service_running(home):
        raise CommandError("the service is running on that home", hint="choose an empty --home")
    refuse_small_disk(source, home.root)
    try:
        done = restore_files(source, home)
    except (RestoreRefused, DamagedBag) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"the restore stopped: {error}", hint="run it again") from error
    restored = Settings()  # its settings.toml came back with it
    with open_dagster(restored) as instance:
        end_runs_under_way(instance)
    make_caches(restored)
    if not home.warehouse.exists():
        problem = "media.duckdb could not be made: media rebuild, or look at its run in the UI"
        done.problems.append(problem)
    if as_json:
        show_json({**vars(done), "root": str(done.root)})
    else:
        out.print(
            f"{done.files} files, {human_bytes(done.bytes)} restored into {done.root}, every hash "
            "checked; media.duckdb is made again.",
            markup=False,
        )
    end_with(done.problems)


def refuse_small_disk(source: Path, home: Path) -> None:
    """Raise CommandError when there is clearly no room for the restored files."""
    folder = next(place for place in (home, *home.parents) if place.exists())
    needed = sum(path.stat().st_size for path in (source / "data").rglob("*") if path.is_file())
    stage = home / ".restore"
    present = sum(path.stat().st_size for path in stage.rglob("*") if path.is_file())
    free = shutil.disk_usage(folder).free + present
    if needed > free:
        raise CommandError(
            f"{human_bytes(needed)} are needed below {home}, {human_bytes(free)} are free"
        )


def end_with(problems: list[str]) -> None:
    """Name what could not be saved or brought back. Raises typer.Exit with code 1 if any."""
    for problem in problems:
        err.print(f"x  {problem}", style="red", markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(code=1)
