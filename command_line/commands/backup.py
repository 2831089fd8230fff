"""``media backup``: a copy that can be trusted."""

import sqlite3
from pathlib import Path

import typer

from command_line.commands.watched_folders import refuse_watched
from command_line.queries.tables import prepare
from command_line.terminal.console import CommandError, err, human_bytes, out, show_json
from media_assets.media import all_media
from media_assets.tables import RECIPE
from resources.configuration.settings import Settings
from resources.preservation.backup import BackupRefused, back_up
from resources.preservation.bag import DamagedBag
from resources.stores.open_folder import NotRegular

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
    except (BackupRefused, DamagedBag, NotRegular) as error:
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


def end_with(problems: list[str]) -> None:
    """Name what could not be saved or brought back. Raises typer.Exit with code 1 if any."""
    for problem in problems:
        err.print(f"x  {problem}", style="red", markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(code=1)
