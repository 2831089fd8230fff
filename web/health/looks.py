"""Asks the parts, each in a thread of its own: one that hangs delays neither the others nor us.

A part that hangs is not asked a second time while the first look lasts, so that hanging looks do
not pile up. Until then its last answer counts, for PATIENCE_SECONDS.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

from web.health.part import Finding, Part

PATIENCE_SECONDS = 5.0
"""A busy machine needs a second or two; a part that takes longer has not answered."""

WAIT_SECONDS = 1.0
"""How long a further look is waited for: there is an answer of a moment ago."""

GOOD_FOR_SECONDS = 2.0
"""One look serves all who ask within it: strangers may ask, and each look costs something."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """A look that was begun at this time of the monotonic clock, in s."""

    found: Future[Finding]
    began_s: float

    @property
    def age_s(self) -> float:
        """How long ago it was begun."""
        return time.monotonic() - self.began_s


@dataclass
class Looks:
    """The last look at each part, and the one that is under way."""

    parts: Sequence[Part]
    last: dict[str, Look] = field(default_factory=dict)
    under_way: dict[str, Look] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Mapping[str, Finding]:
        """What each part answers, in the order of the parts; a moment old at most."""
        with self.lock:
            for part in self.parts:
                self._begin(part)
            waited_s = WAIT_SECONDS if self.last else PATIENCE_SECONDS
            wait([look.found for look in self.under_way.values()], waited_s)
            return {part.name: self._found(part.name) for part in self.parts}

    def _begin(self, part: Part) -> None:
        """Look again, unless the last look is new or still under way."""
        self._keep(part.name)
        last = self.last.get(part.name)
        if part.name in self.under_way or (last and last.age_s < GOOD_FOR_SECONDS):
            return
        look = Look(Future(), time.monotonic())
        self.under_way[part.name] = look
        threading.Thread(target=answer, args=(part, look.found), daemon=True).start()

    def _keep(self, name: str) -> None:
        look = self.under_way.get(name)
        if look and look.found.done():
            self.last[name] = self.under_way.pop(name)

    def _found(self, name: str) -> Finding:
        self._keep(name)
        late = self.under_way.get(name)
        last = self.last.get(name)
        if last and not (late and late.age_s > PATIENCE_SECONDS):
            return last.found.result()
        waited = f"{late.age_s if late else 0:.0f} s"
        return Finding(False, f"did not answer within {waited}")


def answer(part: Part, found: Future[Finding]) -> None:
    """Look, and hand over what there is to be said."""
    try:
        found.set_result(part.look())
    except Exception as error:  # the boundary: whatever goes wrong in a part, it does not work
        logger.exception("health: the look at %s failed", part.name)
        said = f"cannot be looked at ({type(error).__name__}); the log of the web server says more"
        found.set_result(Finding(False, said))
