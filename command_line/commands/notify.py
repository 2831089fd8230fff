"""``media notify``: a test message to every target; messages that were given up, again."""

import secrets
import time
from dataclasses import asdict, dataclass

import typer

from command_line.terminal.console import CommandError, out, show_json
from resources.configuration.settings import Settings
from resources.display_text import plain_text
from resources.notifications.delivery import send
from resources.notifications.outbox import Delivery, target_names, try_again, undelivered
from resources.notifications.webhook import NotReceived

TEXT = "This is a test of media notify. Messages about your media will come here."
NO_TARGET = (
    "set MEDIA_NOTIFY__URLS (an address of Apprise, such as mailto://...), or "
    "MEDIA_NOTIFY__WEBHOOK_URL with MEDIA_NOTIFY__WEBHOOK_SECRET; see docs/operations.md"
)


@dataclass(frozen=True)
class Tried:
    """One target; ``problem`` says why it did not take the message."""

    target: str
    problem: str | None


def test_targets(*, as_json: bool) -> None:
    """Send, and say what came of it. Raises CommandError without a target, typer.Exit (1)."""
    settings = Settings()
    names = target_names(settings)
    if not names:
        raise CommandError("no target is set, so nobody is told of anything", hint=NO_TARGET)
    tried = [try_target(settings, name) for name in names]
    if as_json:
        show_json([asdict(one) for one in tried])
    else:
        for one in tried:
            said = f"not sent: {plain_text(one.problem)}" if one.problem else "sent"
            out.print(f"{one.target}: {said}", markup=False)
    if any(one.problem for one in tried):
        raise typer.Exit(code=1)


def try_target(settings: Settings, name: str) -> Tried:
    """One message to one target, past the outbox."""
    message_id = secrets.token_hex(16)
    message = Delivery(message_id, name, 0, "test", "Test message", TEXT, time.time(), {})
    try:
        send(settings, message)
    except NotReceived as error:
        return Tried(name, str(error))
    return Tried(name, None)


def retry_given_up(*, as_json: bool) -> None:
    """Start over with what was given up, and say what waits now."""
    home = Settings().media_home
    count = try_again(home)
    if as_json:
        show_json({"tried_again": count, "waiting": undelivered(home).waiting})
    else:
        out.print(f"{count} given up before; now {undelivered(home).text}", markup=False)
