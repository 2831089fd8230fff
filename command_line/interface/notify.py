"""``media notify``: try the targets of notifications, see and repeat what was not delivered."""

from typing import Annotated

import typer

from command_line.interface.examples import examples

notify_app = typer.Typer(
    no_args_is_help=True,
    help="Messages about complete batches and failures: try the targets, send again.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]


@notify_app.command(
    "test",
    epilog=examples(
        "media notify test",
        note="Targets are MEDIA_NOTIFY__URLS and MEDIA_NOTIFY__WEBHOOK_URL: docs/operations.md.",
    ),
)
def try_targets(as_json: Json = False) -> None:
    """Send a test message to every target now; exit code 1 when one does not take it."""
    from command_line.commands.notify import test_targets

    test_targets(as_json=as_json)


@notify_app.command(epilog=examples("media notify retry"))
def retry(as_json: Json = False) -> None:
    """Let messages that were given up be sent again, by the service or the next command."""
    from command_line.commands.notify import retry_given_up

    retry_given_up(as_json=as_json)
