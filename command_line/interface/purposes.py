"""``media purposes``: what pictures are kept for besides viewing."""

from typing import Annotated

import typer

from command_line.interface.examples import examples

purposes_app = typer.Typer(
    no_args_is_help=True,
    help="What pictures are kept for: preservation, viewing, production, restoration.",
)

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="IMAGE|BATCH... PURPOSE...",
        help="Ids, names, wildcards or batches; the last words are purposes.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@purposes_app.command(
    epilog=examples(
        "media purposes add holiday-2026 production",
        "media purposes add 'img_41*' dunes restoration",
    )
)
def add(
    words: Words,
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="Make what is missing now; else the service.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Give pictures a purpose, and make what is missing for it. Nothing is made again."""
    from command_line.commands import purposes

    purposes.add(words, run=run, as_json=as_json)


@purposes_app.command(epilog=examples("media purposes remove holiday-2026 production"))
def remove(words: Words, as_json: Json = False) -> None:
    """Take a purpose away. What was made for it stays."""
    from command_line.commands import purposes

    purposes.remove(words, as_json=as_json)


@purposes_app.command("list", epilog=examples("media purposes list", "media purposes list dunes"))
def list_purposes(
    selections: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[IMAGE|BATCH]...", help="None: all of which somebody said something."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what pictures are kept for, and who said so."""
    from command_line.commands.purpose_list import show_purposes

    show_purposes(selections or [], as_json=as_json)
