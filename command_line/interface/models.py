"""``media models``: which models there are, what they have done, and which one search uses."""

from typing import Annotated

import typer

from command_line.interface.examples import examples

models_app = typer.Typer(
    no_args_is_help=True,
    help="Models that make vectors, tags and texts: get, choose, update, see what they have done.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@models_app.command(epilog=examples("media models status"))
def status(as_json: Json = False) -> None:
    """Show engines, fetched models, vectors by space, and how long the open work will take."""
    from command_line.commands.model_status import model_status, show_model_status
    from command_line.terminal.console import show_json

    found = model_status()
    if as_json:
        show_json(found)
    else:
        show_model_status(found)


@models_app.command(
    epilog=examples("media models get ViT-B-32/laion2b_s34b_b79k", "media models get --list siglip")
)
def get(
    name: Annotated[
        str, typer.Argument(help="NAME/TAG of open_clip; with --list, part of it.")
    ] = "",
    list_names: Annotated[
        bool, typer.Option("--list", help="List the models that can be fetched.")
    ] = False,
) -> None:
    """Download an open_clip model and use it from the next run on."""
    from command_line.commands.model_fetch import get_model, list_models

    if list_names or not name:
        list_models(name)
    else:
        get_model(name)


@models_app.command(
    epilog=examples(
        "media models use ViT-B-32/laion2b_s34b_b79k",
        "media models use builtin-visual-1",
        "media models use auto",
    )
)
def use(
    name: Annotated[
        str,
        typer.Argument(
            help="A fetched model: it makes new vectors. Or a space for which there are vectors: "
            "search uses it at once. Or auto: search follows the model by itself again."
        ),
    ],
) -> None:
    """Choose the model for new vectors, or the vectors that search uses."""
    from command_line.commands.model_use import use_model_or_space

    use_model_or_space(name)


@models_app.command(
    epilog=examples(
        "media models update", "media models update --asset embedding --asset zero_shot_tags"
    )
)
def update(
    asset: Annotated[
        list[str] | None, typer.Option("--asset", help="Only this derivative; else all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make what is stale again, and new derivatives that wait for a yes; what is made of them, too.

    What is stale, and why: media sql "select distinct asset, why from gaps where gap = 'stale'".
    Older versions are kept. Without --asset: all of it.
    """
    from command_line.commands.model_use import update_stale

    update_stale(asset or [], as_json=as_json)
