"""``media failures`` and ``media retry``."""

from typing import Annotated

import typer

from command_line.interface.examples import examples

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@app.command(epilog=examples("media failures", "media failures --dead"))
def failures(
    dead: Annotated[
        bool,
        typer.Option("--dead", help="Only what failed too often to be tried again, with each try."),
    ] = False,
    as_json: Json = False,
) -> None:
    """List the sources that failed, were rejected or are unsupported, each with its reason."""
    from command_line.commands.failures import show_dead, show_failures

    if dead:
        show_dead(as_json=as_json)
    else:
        show_failures(as_json=as_json)


@app.command(
    epilog=examples(
        "media retry",
        "media retry holiday-2026",
        "media retry dunes-3f2a 'img_41*'",
        "media retry --dead",
        note="What is stale stays as it is; see media models update and media reprocess.",
    )
)
def retry(
    selection: Annotated[
        list[str] | None, typer.Argument(help="Only these sources; see media reprocess --help.")
    ] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="Only what failed too often to be tried by itself.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run again what failed or is missing. Rejected files stay rejected: they cannot change."""
    from command_line.commands.repair import retry_failed

    retry_failed(selection or [], only_dead=dead, as_json=as_json)
