"""Sends what waits in the outbox, a bounded time at a call, from one process at a time.

Whoever calls it again and again (the sensor ``notifications``) needs no loop: when a target is to
be tried next is kept in the outbox. An attempt that a kill cuts short is made again later, as it
is not known whether the target has the message; it carries the same id then.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from tenacity import RetryCallState, Retrying, wait_exponential

from resources.notifications import outbox
from resources.notifications.outbox import GIVEN_UP, SENT, WAITING, WEBHOOK, Delivery
from resources.notifications.webhook import NotReceived, post

if TYPE_CHECKING:
    from resources.configuration.settings import Settings

MOST_ATTEMPTS = 12
BACKOFF = wait_exponential(multiplier=30, max=6 * 3600)
"""30 s, 1 min, 2 min ... 6 h: twelve attempts take 15 hours, longer than a night."""

SECONDS_PER_CALL = 15.0
"""After it no further delivery is begun in a call; each takes some ten seconds at most."""

MOST_PER_CALL = 50


@dataclass(frozen=True)
class Sent:
    """How many deliveries of a call were received, failed for now, and were given up."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0

    @property
    def text(self) -> str:
        """One sentence."""
        return f"{self.sent} sent, {self.failed} failed, {self.given_up} given up"


def deliver_due(settings: "Settings") -> Sent:
    """Send what is due; nothing while another process sends. Raises sqlite3.Error."""
    home = settings.media_home
    deadline = time.monotonic() + SECONDS_PER_CALL
    states = []
    try:
        with FileLock(home.locks / "notifications.lock", timeout=0):
            for one in outbox.due(home, MOST_PER_CALL):
                if time.monotonic() > deadline:
                    break
                states.append(deliver(settings, one))
    except Timeout:
        return Sent()
    return Sent(states.count(SENT), states.count(WAITING), states.count(GIVEN_UP))


def deliver(settings: "Settings", one: Delivery) -> str:
    """Try once, and note in the outbox what became of it; its state then."""
    home = settings.media_home
    if one.target not in outbox.target_names(settings):
        outbox.end_attempt(home, one, GIVEN_UP, f"{one.target} is no longer in the settings")
        return GIVEN_UP
    attempts = one.attempts + 1
    outbox.begin_attempt(home, one, time.time() + pause_after(attempts))
    try:
        send(settings, one)
    except NotReceived as error:
        state = GIVEN_UP if attempts >= MOST_ATTEMPTS else WAITING
        outbox.end_attempt(home, one, state, f"{one.target}: {error}")
        return state
    outbox.end_attempt(home, one, SENT, None)
    return SENT


def send(settings: "Settings", one: Delivery) -> None:
    """Send a message to its target now. Raises NotReceived."""
    notify = settings.notify
    if one.target == WEBHOOK and notify.webhook_url and notify.webhook_secret:
        post(str(notify.webhook_url), notify.webhook_secret, one)
        return
    from resources.notifications.apprise_targets import tell  # 0.3 s, for those who use it

    place = int(one.target.partition(" ")[0])
    tell(notify.addresses[place - 1], one)


def pause_after(attempts: int) -> float:
    """Seconds between this attempt and the next."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempts
    return float(BACKOFF(state))
