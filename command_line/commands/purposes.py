"""``media purposes add`` and ``remove``: what pictures are kept for, and the runs that follow."""

from collections.abc import Sequence

from command_line.commands.repair import launch_requests
from command_line.queries.selection import select_sources
from command_line.queries.tables import Tables
from command_line.terminal.console import CommandError, out, show_json
from media_assets.curation.person import person
from media_assets.execution.expectation import is_expected
from media_assets.execution.medium import Medium
from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.rows.row_store import RowStore
from resources.sources.purposes import ALWAYS, Purpose, no_longer_want, want
from resources.sources.selected import Selected

MISSING = "select medium, source_id, asset from gaps where gap in ('missing', 'failed')"


def add(words: Sequence[str], *, run: bool, as_json: bool) -> None:
    """Give the chosen sources purposes, and make what is missing for them."""
    selections, purposes = told_apart(words)
    chosen, store, by = opened(selections)
    gained = want(store, [one.source_id for one in chosen], purposes, by=by)
    lines = make_missing(chosen, purposes) if run else []
    report("gained", chosen, gained, purposes, lines, as_json=as_json)


def make_missing(chosen: Sequence[Selected], purposes: set[str]) -> list[str]:
    """Launch runs for what the chosen sources lack for these purposes; one line per run."""
    missing = {(str(m), str(i), str(a)) for m, i, a in Tables.open().rows(MISSING)}
    assets = {name: derivatives_for(medium, purposes) for name, medium in all_media().items()}
    lacking = [
        one
        for one in chosen
        if any((one.medium, one.source_id, asset) in missing for asset in assets[one.medium])
    ]
    return launch_requests(lacking, assets=assets, leave_stale=True) if lacking else []


def remove(words: Sequence[str], *, as_json: bool) -> None:
    """Take purposes from the chosen sources; nothing is deleted. Raises CommandError for viewing.

    Viewing cannot go: all that needs no other purpose is made of every picture.
    """
    selections, purposes = told_apart(words)
    if purposes & ALWAYS:
        raise CommandError(
            "every picture is for viewing", hint="remove production, restoration or preservation"
        )
    chosen, store, by = opened(selections)
    lost = no_longer_want(store, [one.source_id for one in chosen], purposes, by=by)
    report("lost", chosen, lost, purposes, [], as_json=as_json)


def told_apart(words: Sequence[str]) -> tuple[list[str], set[str]]:
    """The selections, and the purposes after them. Raises CommandError when either is missing."""
    selections = list(words)
    purposes: set[str] = set()
    while selections and selections[-1] in set(Purpose):
        purposes.add(selections.pop())
    known = ", ".join(Purpose)
    if not purposes:
        raise CommandError("no purpose is named", hint=f"the last words are some of: {known}")
    if not selections:
        raise CommandError("no image is named", hint="media purposes add holiday-2026 production")
    return selections, purposes


def opened(selections: Sequence[str]) -> tuple[list[Selected], RowStore, str]:
    """The chosen sources, the rows, and who decides."""
    settings = Settings()
    chosen = select_sources(Tables.open(), selections)
    return chosen, RowStore(settings.media_home.rows), person(settings)


def derivatives_for(medium: Medium, purposes: set[str]) -> list[str]:
    """The medium's derivatives that exist for one of these purposes."""
    return [
        name
        for name, recipe in medium.recipes.items()
        if recipe.purposes and is_expected(recipe, purposes)
    ]


def report(
    verb: str,
    chosen: Sequence[Selected],
    changed: Sequence[str],
    purposes: set[str],
    lines: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Say how many sources changed, and what became of the runs."""
    if as_json:
        purpose_list = sorted(purposes)
        show_json(
            {"sources": len(chosen), verb: len(changed), "purposes": purpose_list}
            | {"runs": list(lines)}
        )
        return
    names = " and ".join(sorted(purposes))
    out.print(f"{len(changed)} of {len(chosen)} source(s) {verb} {names}.")
    for line in lines:
        out.print(line)
