"""``media``: add files, ask what was made of them, run again what failed.

Commands import their parts only when called: ``media --help`` answers at once.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from command_line.interface import bulk as bulk_commands
from command_line.interface import curation as curation_commands
from command_line.interface import export as export_commands
from command_line.interface import failures as failure_commands
from command_line.interface import preservation as preservation_commands
from command_line.interface import trust as trust_commands
from command_line.interface.batch import batch_app
from command_line.interface.examples import examples
from command_line.interface.fixity import fixity_app
from command_line.interface.models import models_app
from command_line.interface.notify import notify_app
from command_line.interface.overwriting import Overwrite
from command_line.interface.users import users_app
from command_line.interface.workers import workers_app
from command_line.queries.preparation import configured_home
from command_line.terminal.clear_errors import MediaGroup
from command_line.terminal.formats import SqlFormat
from resources.configuration.file_modes import kept_private
from resources.configuration.priority_names import Priority

app = typer.Typer(
    cls=MediaGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="A folder of pictures becomes searchable, explained, preserved knowledge.",
    epilog="Start here: [bold]media add ~/Pictures --wait[/], then [bold]media status[/].",
)

app.add_typer(models_app, name="models")
app.add_typer(users_app, name="user")
app.add_typer(batch_app, name="batch")
app.add_typer(workers_app, name="workers")
app.add_typer(fixity_app, name="fixity")
app.add_typer(notify_app, name="notify")
app.add_typer(bulk_commands.app, name="bulk")
app.add_typer(failure_commands.app)
app.add_typer(curation_commands.app)
app.add_typer(export_commands.app)
app.add_typer(preservation_commands.app)
app.add_typer(trust_commands.app)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@app.callback()
def choose_home(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option("--home", help="Where all data lives; else $MEDIA_HOME, else ./media_home."),
    ] = None,
) -> None:
    """Set MEDIA_HOME for this command and the processes it starts."""
    os.environ["PYTHONSAFEPATH"] = "1"  # no process of ours runs code of the current folder
    if home is not None:
        os.environ["MEDIA_HOME"] = str(home)
    context.with_resource(kept_private(configured_home().root))


@app.command(
    epilog=examples(
        "media add ~/Pictures --wait",
        "media add scans.lst",
        "media add a.jpg b.tif --batch letters-1912 --json",
        "media add front-page.jpg --priority instant",
    )
)
def add(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, folders, or .lst files with one path per line.")
    ],
    wait: Annotated[
        bool, typer.Option("--wait", help="Stay until every file has its outcome.")
    ] = False,
    batch: Annotated[
        str | None,
        typer.Option(help="Name of the batch; else the folder's name, or the time."),
    ] = None,
    priority: Annotated[
        Priority | None,
        typer.Option(help="How urgent it is: instant goes before all other work, batch after it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy files into the landing folder as one batch. Your own files are never changed."""
    from command_line.commands.add import add_paths

    add_paths(paths, batch=batch, priority=priority, wait=wait, as_json=as_json)


@app.command(
    epilog=examples("media up", note="Stop it with Ctrl-C. Only one service runs per MEDIA_HOME.")
)
def up() -> None:
    """Start the whole service: web UI, daemon and sensors, until Ctrl-C."""
    from command_line.service.service import run_service
    from resources.configuration.settings import Settings

    run_service(Settings())


@app.command(epilog=examples("media status", "media status --watch"))
def status(
    watch: Annotated[
        bool, typer.Option("--watch", help="Refresh every two seconds, until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show how many sources there are, how far each batch is, what is missing, the space used."""
    from command_line.commands.status import show_status

    show_status(watch=watch, as_json=as_json)


@app.command(
    epilog=examples(
        'media sql "select format, count(*) from images group by all"',
        'media sql "from gaps" --format csv > gaps.csv',
    )
)
def sql(
    query: Annotated[
        str, typer.Argument(help="One SELECT (DuckDB's SQL). '-' reads it from standard input.")
    ],
    result_format: Annotated[
        SqlFormat, typer.Option("--format", "-f", help="How to print the result.")
    ] = SqlFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (needed for parquet).")
    ] = None,
    overwrite: Overwrite = False,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Ask the live views (always current, slower), not the last publication."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Query the tables. Read-only: no statement can change anything or reach a file."""
    from command_line.commands.sql import run_sql

    target = None
    if output:  # needs the settings, without which most queries do
        from command_line.commands.output_file import OutputFile

        target = OutputFile(output, overwrite=overwrite)
    run_sql(query, SqlFormat.JSON if as_json else result_format, output=target, live=live)


@app.command(epilog=examples("media find dunes", "media find 'img_41*'"))
def find(
    text: Annotated[
        str,
        typer.Argument(
            help="Part of an id, file name, batch, title, keyword, camera; * is anything."
        ),
    ],
    as_json: Json = False,
) -> None:
    """List sources that hold a stretch of text in a name or title, newest first, as of now.

    By words in any order, by meaning and by looks, best first: media search.
    """
    from command_line.commands.find import find_sources

    find_sources(text, as_json=as_json)


@app.command(
    epilog=examples(
        'media search "red barn in snow"',
        "media search dunes --where \"taken_at > '2020-01-01'\"",
        "media search --like photo.jpg --open",
        "media search castle --near 48.21,16.37,5",
    )
)
def search(
    text: Annotated[
        str | None,
        typer.Argument(help="Words in any language, a name or its start, or a description."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(help="Find images like this one: an id or name of an image, or any file."),
    ] = None,
    where: Annotated[
        str | None, typer.Option(help="Only images for which this SQL condition holds.")
    ] = None,
    near: Annotated[
        str | None, typer.Option(help="Only images taken near: latitude,longitude[,km].")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Images shown, at most.")] = 20,
    html: Annotated[
        Path | None, typer.Option(help="Write the result to this file as a page with pictures.")
    ] = None,
    overwrite: Overwrite = False,
    open_it: Annotated[
        bool, typer.Option("--open", help="Show that page in the web browser.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Find images by words, meaning and looks, best first, and say why each matched.

    Asks the last publication. A part of a name, in all media and as of now: media find.
    """
    from command_line.commands.search import SearchRequest, search_images

    request = SearchRequest(text, like, where, near, limit)
    page = None
    if html:
        from command_line.commands.output_file import OutputFile

        page = OutputFile(html, overwrite=overwrite)
    search_images(request, as_json=as_json, page=page, open_it=open_it)


@app.command(epilog=examples("media show dunes-3f2a9c41b7de", "media show dunes --json"))
def show(
    source: Annotated[
        str, typer.Argument(help="The id or file name of an image or other source, or its start.")
    ],
    as_json: Json = False,
) -> None:
    """Show all that is known about one source: files, parent, children, what was made of it."""
    from command_line.commands.show import show_source

    show_source(source, as_json=as_json)


@app.command(epilog=examples("media rebuild", note="Stop the service first."))
def rebuild(as_json: Json = False) -> None:
    """Delete the caches and make them again: media.duckdb, live.duckdb, search index, ledger."""
    from command_line.commands.rebuild import rebuild_caches

    rebuild_caches(as_json=as_json)


@app.command(epilog=examples("media doctor", "media doctor --models"))
def doctor(
    models: Annotated[
        bool,
        typer.Option("--models", help="Only open every engine and time it on a few images."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check versions, decoders, stores, free space and the daemon; say what to fix."""
    from command_line.commands.doctor import examine

    examine(models=models, as_json=as_json)


@app.command(hidden=True)
def demo() -> None:
    """Run the main job on sample pictures, for ``make demo``."""
    from command_line.commands.demo import run_demo

    run_demo()
