"""``media workers``: how many runs work at a time, and what each does now."""

from typing import Annotated

import typer

from command_line.interface.examples import examples

workers_app = typer.Typer(
    help="Runs at a time: show what works now, change how many, without a restart.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@workers_app.callback(invoke_without_command=True, epilog=examples("media workers"))
def show(context: typer.Context, as_json: Json = False) -> None:
    """Show how many runs may work at a time, and each run that works or waits."""
    if context.invoked_subcommand is None:
        from command_line.commands.workers import show_workers

        show_workers(as_json=as_json)


@workers_app.command("set", epilog=examples("media workers set 4", "media workers set 2 --models"))
def set_count(
    count: Annotated[int, typer.Argument(help="Runs at a time.")],
    models: Annotated[
        bool, typer.Option("--models", help="Set how many of them may have models in memory.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Change how many runs work at a time; it counts from the next second on."""
    from command_line.commands.workers import change_count

    change_count(count, with_models=models, as_json=as_json)
