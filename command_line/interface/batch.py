"""``media batch``: pause, resume and cancel the work on a batch, or all work."""

from typing import Annotated

import typer

from command_line.interface.examples import examples

batch_app = typer.Typer(
    no_args_is_help=True,
    help="Pause, resume and cancel the work on batches. What was made stays.",
)

Names = Annotated[list[str] | None, typer.Argument(help="Batches, as media status names them.")]
All = Annotated[bool, typer.Option("--all", help="All work, whatever batch it is of.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@batch_app.command(
    epilog=examples(
        "media batch pause holiday-2026",
        "media batch pause --all",
        note="--all lets the runs that work go on to their end, and no other begin.",
    )
)
def pause(names: Names = None, everything: All = False, as_json: Json = False) -> None:
    """Stop the runs of a batch; they wait until it is resumed, also after a restart."""
    from command_line.commands.batch import pause_batches

    pause_batches(names or [], everything=everything, as_json=as_json)


@batch_app.command(epilog=examples("media batch resume holiday-2026", "media batch resume --all"))
def resume(names: Names = None, everything: All = False, as_json: Json = False) -> None:
    """Let the runs of a paused batch go on where they were."""
    from command_line.commands.batch import resume_batches

    resume_batches(names or [], everything=everything, as_json=as_json)


@batch_app.command(
    epilog=examples(
        "media batch cancel holiday-2026",
        note="media retry holiday-2026 takes the work up again.",
    )
)
def cancel(
    names: Annotated[list[str], typer.Argument(help="Batches, as media status names them.")],
    as_json: Json = False,
) -> None:
    """Cancel the runs of a batch; nothing works on its images by itself until media retry."""
    from command_line.commands.batch import cancel_batches

    cancel_batches(names, as_json=as_json)
