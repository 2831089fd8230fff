"""The commands for bulk jobs of a server: ``media bulk send`` and ``media bulk collect``."""

from typing import Annotated

import typer

from command_line.interface.examples import examples

app = typer.Typer(no_args_is_help=True, help="Captions and descriptions by bulk jobs of a server.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@app.command(epilog=examples("media bulk send", "media bulk send holiday-2026 --asset caption"))
def send(
    selection: Annotated[
        list[str] | None, typer.Argument(help="Only these images; see media reprocess --help.")
    ] = None,
    asset: Annotated[str, typer.Option(help="caption or description.")] = "description",
    as_json: Json = False,
) -> None:
    """Send what is missing or stale to the server, in few jobs. Nothing is asked twice."""
    from command_line.commands.bulk import send_questions

    send_questions(selection or [], asset, as_json=as_json)


@app.command(epilog=examples("media bulk collect"))
def collect(as_json: Json = False) -> None:
    """Fetch the answers of finished jobs and write them into the images' rows."""
    from command_line.commands.bulk import collect_answers

    collect_answers(as_json=as_json)
