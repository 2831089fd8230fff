"""``media fixity``: coverage, checks on demand, and an original put back from a copy."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from command_line.queries.selection import select_sources
from command_line.queries.tables import Tables
from command_line.terminal.console import (
    CommandError,
    human_bytes,
    out,
    show_json,
    show_records,
)
from command_line.terminal.work import work
from dbt_like_sql.model_files import models_version
from dbt_like_sql.models import build_views
from media_assets.curation.person import person
from media_assets.fixity.damaged_files import NotThisCopy, restore_original, set_aside
from media_assets.fixity.due_files import files_of
from media_assets.fixity.fixity_check import CheckedFile, DueFile, check_files
from resources.configuration.settings import Settings
from resources.preservation.fixity import Fixity, Pace
from resources.rows.row_store import RowStore
from resources.warehouse.live_views import open_live

COVERAGE = "select * from fixity_coverage order by kind desc, root"
NOT_INTACT = """
select source_id, kind, path, state, checked_at
from fixity
where state not in ('ok', 'not_checked')
order by kind desc, path
"""
SHOWN = 100

Record = dict[str, object]


def show_coverage(*, as_json: bool) -> None:
    """Print how much was checked, and what is not intact."""
    tables = Tables.open()
    coverage, wrong = tables.records(COVERAGE), tables.records(NOT_INTACT)
    if as_json:
        show_json({"coverage": coverage, "not_intact": wrong})
        return
    show_records([shown(record) for record in coverage], empty="No files are kept yet.")
    tell_wrong(wrong)


def shown(record: Record) -> Record:
    """A row of ``fixity_coverage`` for people."""
    sizes = {name: human_bytes(int(str(record[name]))) for name in ("bytes", "bytes_of_last_day")}
    return {**record, **sizes}


def tell_wrong(wrong: Sequence[Record]) -> None:
    """Name the files that are not intact, and say what to do."""
    if not wrong:
        out.print("No file that was checked is damaged, missing or unreadable.")
        return
    out.print(f"{len(wrong)} file(s) not intact:", style="bold red")
    show_records(wrong[:SHOWN], empty="")
    out.print(
        "Derivatives are made again by the service. Put an original back with:\n"
        "media fixity restore IMAGE --from COPY"
    )


def check_now(
    selections: Sequence[str], *, everything: bool, originals: bool, as_json: bool
) -> None:
    """Check the files of these sources. Raises CommandError when one is not intact."""
    settings = Settings()
    files = chosen(settings, selections, everything=everything, originals=originals)
    pace = Pace(settings.fixity.bytes_per_second)
    home = settings.media_home
    with work.shown("checking files"):
        checks = check_files(home, files, pace, by(settings), partial(set_aside, home))
        done = list(counted(checks, files))
    wrong = [record_of(one) for one in done if one.checked.fixity is not Fixity.OK]
    if as_json:
        show_json({"files": len(done), "not_intact": wrong})
    else:
        size = human_bytes(sum(one.checked.size_bytes for one in done))
        out.print(f"{len(done)} file(s) checked, {size}.")
        tell_wrong(wrong)
    if wrong:
        raise CommandError(f"{len(wrong)} of {len(done)} file(s) are not intact")


def chosen(
    settings: Settings, selections: Sequence[str], *, everything: bool, originals: bool
) -> list[DueFile]:
    """The files to be checked. Raises CommandError for an unknown source, or when none is named."""
    if bool(selections) == everything:
        raise CommandError("name images or batches, or give --all")
    tables = Tables.open()
    ids = None if everything else [one.source_id for one in select_sources(tables, selections)]
    home = settings.media_home
    with open_live(home, RowStore(home.rows), build_views, models_version()) as connection:
        return files_of(connection, home.root, ids, originals_only=originals)


def counted(done: Iterator[CheckedFile], files: Sequence[DueFile]) -> Iterator[CheckedFile]:
    """The checks, with their progress."""
    for number, one in enumerate(done, start=1):
        work.reach(number, len(files), "files")
        yield one


def record_of(one: CheckedFile) -> Record:
    """One check for people and machines."""
    return {
        "source_id": one.file.source_id,
        "kind": one.file.kind,
        "path": one.file.path,
        "state": one.checked.fixity.value,
        "reason": one.checked.reason,
    }


def by(settings: Settings) -> str:
    """What the rows name as their run: the person who asked."""
    return f"media fixity by {person(settings)}"


def restore_from(image: str, copy: Path) -> None:
    """Put the copy in the place of the original. Raises CommandError."""
    settings = Settings()
    home = settings.media_home
    files = chosen(settings, [image], everything=False, originals=True)
    if len(files) != 1:
        raise CommandError(f"{image!r} names {len(files)} images", hint="give the whole id of one")
    try:
        aside = restore_original(home, files[0], copy)
    except NotThisCopy as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{copy}: {error.strerror or error}") from error
    list(check_files(home, files, Pace(0), by(settings), partial(set_aside, home)))
    kept = f"; the damaged file is {aside}" if aside else ""
    out.print(f"{files[0].source_id}: its original is intact again{kept}", markup=False)
