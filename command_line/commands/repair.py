"""``media retry`` and ``media reprocess``: real Dagster runs over chosen sources."""

from collections.abc import Collection, Iterable, Sequence

import dagster as dg

from command_line.queries.selection import select_sources
from command_line.queries.tables import Tables
from command_line.service.runs import launch_all
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, out, show_json
from media_assets.curation.person import person
from media_assets.curation.retry_request import ask_again
from media_assets.execution.medium import Medium
from media_assets.execution.run_requests import (
    Assets,
    requests_for,
    with_missing_inputs,
    without_parts,
)
from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.language.hints import Hint, hint_of
from resources.orchestration.dagster_home import open_dagster
from resources.rows.row_store import RowStore
from resources.sources.selected import Selected

OPEN_GAPS = """
select distinct medium, source_id, asset, gap in ('failed', 'dead') as has_failed
from gaps
where can_change and gap != 'stale' and (gap = 'dead' or not ?)
"""


def retry_failed(selections: Sequence[str], *, only_dead: bool = False, as_json: bool) -> None:
    """Run again what failed or is missing, of the chosen sources or of all; the rest is left.

    The tries of what failed are counted anew from now on.
    """
    tables = Tables.open()
    found = tables.rows(OPEN_GAPS, [only_dead])
    gaps = [(Selected(str(medium), str(one)), str(asset)) for medium, one, asset, _ in found]
    failed = {(str(one), str(asset)) for _, one, asset, has_failed in found if has_failed}
    if selections:
        selected = set(select_sources(tables, selections))
        gaps = [(source, asset) for source, asset in gaps if source in selected]
    assets: dict[str, set[str]] = {}
    for source, asset in gaps:
        assets.setdefault(source.medium, set()).add(asset)
    chosen = sorted({source for source, _ in gaps})
    settings = Settings()
    wanted = [(source.source_id, asset) for source, asset in gaps]
    again = [one for one in wanted if one in failed]
    ask_again(RowStore(settings.media_home.rows), again, by=person(settings))
    launch(chosen, assets=assets, leave_stale=True, as_json=as_json)


def reprocess_sources(
    selections: Sequence[str],
    names: Sequence[str],
    *,
    hint: str | None,
    part: int | None,
    as_json: bool,
) -> None:
    """Make the derivatives of the chosen sources again. Raises CommandError for an unknown one."""
    if part is not None and not hint:
        raise CommandError("--part says what --hint is about", hint="add --hint, or leave it out")
    tables = Tables.open()
    chosen = select_sources(tables, selections)
    media = [all_media()[name] for name in dict.fromkeys(source.medium for source in chosen)]
    assets = {medium.name: named_assets(medium, names) for medium in media}
    if unknown := set(names) - {name for found in assets.values() for name in found}:
        known = ", ".join(dict.fromkeys(name for medium in media for name in medium.recipes))
        raise CommandError(
            f"there is no derivative {', '.join(sorted(unknown))}", hint=f"known: {known}"
        )
    if part is not None:
        refuse_without_parts(media, assets)
    needed = with_missing_inputs(tables.rows, all_media(), chosen, assets)
    launch(chosen, assets=needed, force=True, hint=hint_of(hint, part), as_json=as_json)


def named_assets(medium: Medium, names: Collection[str]) -> list[str]:
    """Those of the medium's derivatives that are named; all when none is."""
    return [name for name in medium.recipes if not names or name in names]


def refuse_without_parts(media: Iterable[Medium], assets: Assets) -> None:
    """Raise CommandError unless every derivative that is to be made has numbered parts."""
    if whole := without_parts(media, assets):
        raise CommandError(f"{', '.join(whole)} has no parts", hint="leave --part out")


def launch(
    sources: Sequence[Selected],
    *,
    assets: Assets,
    force: bool = False,
    leave_stale: bool = False,
    as_json: bool,
    hint: Hint | None = None,
) -> None:
    """Launch the runs, here or through the service, and say what became of them."""
    lines = launch_requests(sources, assets=assets, force=force, leave_stale=leave_stale, hint=hint)
    is_images = all(source.medium == "image" for source in sources)
    what = "image" if is_images else "source"
    if as_json:
        show_json({f"{what}s": len(sources), "runs": lines})
        return
    out.print(f"{len(sources)} {what}(s) in {len(lines)} run(s)" if lines else "Nothing to do.")
    for line in lines:
        out.print(line)


def launch_requests(
    sources: Sequence[Selected],
    *,
    assets: Assets,
    force: bool = False,
    leave_stale: bool = False,
    leave_out: Collection[str] = (),
    hint: Hint | None = None,
) -> list[str]:
    """Launch the runs, here or through the service; one line per run says what became of it."""
    settings = Settings()
    service_is_up = is_service_running(settings.media_home)
    with open_dagster(settings) as instance:
        wanted = requests_for(
            instance,
            all_media(),
            sources,
            assets,
            force=force,
            leave_stale=leave_stale,
            leave_out=leave_out,
            hint=hint,
        )
        requests = list(wanted)
        lines = launch_all(settings, instance, requests, service_is_up=service_is_up)
        if requests and not service_is_up:
            publish_here(settings, instance)
    return lines


def publish_here(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Publish what the runs made."""
    from command_line.service.foreground import publish

    publish(settings, instance)
