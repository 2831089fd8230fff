"""Which model makes vectors, and which vectors answer searches: chosen, updated."""

import getpass
from collections.abc import Sequence

from command_line.commands.model_fetch import AUTO, use_model
from command_line.commands.repair import launch
from command_line.queries.tables import Tables
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, out
from media_assets.execution.run_requests import with_missing_inputs
from media_assets.execution.waiting_work import WAITING_SOURCES
from media_assets.media import all_media, image_recipes
from media_assets.search.ranking.embedding_spaces import choose_space
from media_assets.search.ranking.search_content import KINDS
from resources.configuration.settings import Settings
from resources.embedding.open_clip_models import fetched_models
from resources.orchestration.dagster_home import open_dagster
from resources.rows.row_store import RowStore
from resources.sources.selected import Selected

STALE = "select medium, source_id, asset from gaps where gap = 'stale'"


def use_model_or_space(name: str) -> None:
    """Choose the model for new vectors, or the vectors that search uses."""
    if name in fetched_models(Settings().media_home):
        use_model(name)
    else:
        use_space(name)


def use_space(name: str) -> None:
    """Let search answer from a space that has vectors, or (auto) follow the model by itself."""
    spaces = spaces_by_kind(Tables.open())
    chosen = {
        kind: None if name == AUTO else name
        for kind, found in spaces.items()
        if name in found or name == AUTO
    }
    if not chosen:
        known = sorted({space for found in spaces.values() for space in found})
        raise CommandError(
            f"{name} is neither a fetched model nor a space of vectors",
            hint=f"spaces: {', '.join(known) or 'none yet'} (media models status)",
        )
    settings = Settings()
    store = RowStore(settings.media_home.rows)
    for kind, space in chosen.items():
        choose_space(store, kind, space, chosen_by=getpass.getuser())
    is_late = is_service_running(settings.media_home)
    if not is_late:
        refresh_here(settings)
    when = "within a minute" if is_late else "from now on"
    what = "follows the model by itself" if name == AUTO else f"answers from {name}"
    out.print(f"Search {what} {when} ({', '.join(chosen)}).", markup=False)


def spaces_by_kind(tables: Tables) -> dict[str, list[str]]:
    """Kind of vector -> the spaces in which any image has one."""
    query = "select distinct space from image_history.{} where vector is not null"
    return {
        kind: [str(space) for (space,) in tables.rows(query.format(kind))]
        for kind in KINDS
        if kind in image_recipes()
    }


def refresh_here(settings: Settings) -> None:
    """Publish, and bring the search index up to date, in this process."""
    from command_line.service.foreground import publish, refresh_search

    with open_dagster(settings) as instance:
        publish(settings, instance)
        refresh_search(settings, instance)


def sources_of_waiting_work(tables: Tables) -> list[tuple[object, ...]]:
    """Medium, source and derivative of all that waits for a person's yes."""
    ask_above = Settings().ask_above_sources
    return [
        (medium, source_id, asset)
        for medium in all_media()
        for source_id, asset in tables.rows(WAITING_SOURCES, [medium, ask_above])
    ]


def update_stale(wanted: Sequence[str], *, as_json: bool) -> None:
    """Run what would be made differently today, and what waits for a yes; what follows, too.

    ``wanted`` names some of these derivatives; none means all. Raises CommandError for another.
    """
    known = {recipe.name for medium in all_media().values() for recipe in medium.recipes.values()}
    if unknown := set(wanted) - known:
        names = ", ".join(sorted(unknown))
        raise CommandError(
            f"there is no derivative {names}", hint=f"known: {', '.join(sorted(known))}"
        )
    tables = Tables.open()
    open_work = [*tables.rows(STALE), *sources_of_waiting_work(tables)]
    chosen = [row for row in open_work if row[2] in (wanted or known)]
    sources = sorted({Selected(str(medium), str(source_id)) for medium, source_id, _ in chosen})
    made = {(medium, asset) for medium, _, asset in chosen}
    assets = {
        medium.name: [name for name in medium.recipes if (medium.name, name) in made]
        for medium in all_media().values()
    }
    needed = with_missing_inputs(tables.rows, all_media(), sources, assets)
    launch(sources, assets=needed, as_json=as_json)
