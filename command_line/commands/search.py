"""``media search``: images by what is known of them and by what they show, and why each matched.

A search for words answers from media.duckdb and the index alone and imports nothing else: not the
settings, which only models need, and no model that it does not ask.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import typer
from rich.text import Text

from command_line.commands.search_filters import Filter, read_filter
from command_line.queries.media_columns import IMAGE_MEDIUM
from command_line.queries.preparation import configured_home
from command_line.terminal.console import CommandError, err, out, show_json, show_lines
from command_line.terminal.tabular import labeled
from media_assets.search.answers.results import SearchResult, results_of
from media_assets.search.ranking.hybrid_search import Answer, SearchQuestion, search
from media_assets.search.ranking.search_index import needs_refresh
from media_assets.search.ranking.table_search import open_tables
from resources.configuration.media_home import MediaHome
from resources.display_text import plain_text
from resources.search.rank_fusion import Fused

if TYPE_CHECKING:
    from command_line.commands.output_file import OutputFile
    from resources.configuration.settings import Settings


@dataclass(frozen=True)
class SearchRequest:
    """What the user asked for, as given."""

    text: str | None
    like: str | None
    where: str | None
    near: str | None
    limit: int


def search_images(
    request: SearchRequest, *, as_json: bool, page: "OutputFile | None", open_it: bool
) -> None:
    """Print the images that answer best. Raises CommandError for a request that has no meaning."""
    if page:
        page.refuse()
    home = configured_home()
    prepare(home, request)
    allowed = read_filter(home, request.where, request.near)
    answer = answer_to(home, request, allowed)
    results = results_of(answer, request.text, allowed.distances)
    is_told = not request.text or any(result.has_words for result in results)
    for note in [*answer.notes, *([] if is_told else what_is_missing())]:
        err.print(Text(plain_text(f"media: {note}"), style="yellow"), soft_wrap=True)
    if as_json:
        show_json([result.record for result in results])
    else:
        show_results(results)
    if page or open_it:
        write_page(page, home, title_of(request), results, open_it=open_it)


def write_page(
    page: "OutputFile | None",
    home: MediaHome,
    title: str,
    results: list[SearchResult],
    *,
    open_it: bool,
) -> None:
    """Write the results as a page, in a new folder when no file is named; show it if asked to."""
    from command_line.commands.contact_sheet import contact_sheet
    from command_line.commands.output_file import OutputFile
    from resources.configuration.file_modes import given_umask

    if page is None:
        folder = tempfile.mkdtemp(prefix="media-search-")
        page = OutputFile(Path(folder, "results.html"), overwrite=False)
    with page.writing() as file:
        file.write(contact_sheet(home, title, results).encode())
    err.print(f"contact sheet: {page.path}", markup=False, soft_wrap=True)
    if open_it:
        with given_umask():
            typer.launch(page.path.resolve().as_uri())


def prepare(home: MediaHome, request: SearchRequest) -> None:
    """Refuse a request without content; have the index brought up to date if nobody else does."""
    if not any((request.text, request.like, request.where, request.near)):
        raise CommandError(
            "nothing to search for",
            hint='media search "red barn in snow", --like IMAGE, --near 48.21,16.37 or --where SQL',
        )
    if not home.warehouse.exists():
        raise CommandError(
            f"{home.warehouse} is not there yet: nothing can be searched",
            hint="add pictures first: media add PATH --wait",
        )
    if not needs_refresh(home):
        return
    if not os.access(home.locks if home.locks.exists() else home.root, os.W_OK):
        err.print("media: the search index is not up to date; this home may only be read")
        return

    from command_line.service.service_lock import is_service_running

    if is_service_running(home):
        err.print("media: the service is bringing the search index up to date", style="yellow")
        return
    err.print("media: bringing the search index up to date ...", style="yellow")
    from command_line.queries.tables import prepare as declare_tables
    from command_line.service.foreground import publish, refresh_search
    from resources.configuration.settings import Settings
    from resources.orchestration.dagster_home import open_dagster

    declare_tables(home)  # an older version of the program left some without today's columns
    settings = Settings()
    with open_dagster(settings) as instance:
        publish(settings, instance)
        refresh_search(settings, instance)


def answer_to(home: MediaHome, request: SearchRequest, allowed: Filter) -> Answer:
    """The best images; without a text and a picture all that may be found, in their order."""
    try:
        if request.text or request.like:
            like = picture_of(request.like) if request.like else None
            only = None if allowed.only is None else frozenset(allowed.only)
            question = SearchQuestion(request.text, like, only, request.limit)
            return search(home, question, read_settings)
        listed = (allowed.only or [])[: request.limit]
        with open_tables(home, None) as tables:
            facts = tables.facts(listed)
        return Answer([Fused(image_id, 0.0, ()) for image_id in listed], facts, [])
    except duckdb.Error as error:
        raise CommandError(f"the tables cannot be read: {error}", hint="media rebuild") from error


def what_is_missing() -> Sequence[str]:
    """What cannot be found yet, in sentences."""
    from command_line.queries.searchable import what_is_not_searchable

    return what_is_not_searchable()


def read_settings() -> "Settings":
    """The settings of this home."""
    from resources.configuration.settings import Settings

    return Settings()


def picture_of(like: str) -> str | bytes:
    """An image id, or the JPEG of a file's picture, decoded where it can do no harm.

    Raises CommandError for what is neither a file nor one image.
    """
    path = Path(like).expanduser()
    if path.is_file():
        from command_line.commands.query_picture import decode_picture

        return decode_picture(path, read_settings())
    from command_line.queries.selection import only_source
    from command_line.queries.tables import Tables

    return only_source(Tables.open(), like, IMAGE_MEDIUM, beside="file, and no ").source_id


def show_results(results: list[SearchResult]) -> None:
    """Each image: its id, what it is, why it was found."""
    if not results:
        out.print("No image was found.")
        return
    width = len(str(len(results)))
    indent = Text(f"{'':{width}}  ")
    for number, result in enumerate(results, 1):
        show_lines([Text(f"{number:>{width}}  {plain_text(result.image_id)}", style="bold")])
        show_lines(labeled(out, indent, facts_in_a_line(result)))
        if result.reasons:
            show_lines(labeled(out, indent, plain_text(result.reasons), style="dim"))


def facts_in_a_line(result: SearchResult) -> str:
    """File name, date, title, and the parent of a child."""
    facts = result.facts
    taken = facts["taken_at_text"][:10] if facts["taken_at_text"] else None
    parts = (facts["file_name"], taken, facts["title"] or facts["caption"], result.origin)
    return plain_text(" · ".join(str(part) for part in parts if part))


def title_of(request: SearchRequest) -> str:
    """What was asked for, as the sheet's heading."""
    asked = {"like": request.like, "where": request.where, "near": request.near}
    limits = [f"{name} {value}" for name, value in asked.items() if value]
    return " · ".join([request.text, *limits] if request.text else limits)
