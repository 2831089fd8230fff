"""The outbox: what is to be told, to whom, and what became of it.

A message is in the file before anybody tries to send it, so a killed process loses none; an attempt
is counted before it is made, so a message that kills its sender is given up in the end. It is an
SQLite file of its own and no row table: each row of those asks for a publication of all tables.
Deleting it forgets what was not sent yet, and nothing else.

What must be told: ``announce``. Sending is for ``delivery``.
"""

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from resources.display_text import plain_lines, plain_text

if TYPE_CHECKING:
    from resources.configuration.media_home import MediaHome
    from resources.configuration.notify_settings import Event
    from resources.configuration.settings import Settings

LAYOUT = 1
TABLES = """
create table message (
    id text primary key, event text not null, title text not null, body text not null,
    facts text not null, at_s real not null
) without rowid;
create index message_event on message (event, at_s);
create table delivery (
    message_id text not null references message (id) on delete cascade, target text not null,
    state text not null, attempts integer not null, due_s real not null, reason text,
    primary key (message_id, target)
) without rowid;
create index delivery_due on delivery (state, due_s);
create table begun (at_s real not null);
"""

WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"
WEBHOOK = "webhook"
KEPT_SECONDS = 90 * 24 * 3600
"""Messages older than this are forgotten, sent or not."""

LONGEST_TITLE, LONGEST_TEXT = 200, 4000
"""Characters; the smallest of the larger services takes about 4000 (Telegram: 4096)."""

Fact = str | int | float | bool | None | Sequence[str]


@dataclass(frozen=True)
class Announcement:
    """Something to be told. ``occasion`` names what happened: the same twice is one message.

    ``facts`` are for programs: a webhook gets them as they are.
    """

    event: "Event"
    occasion: str
    title: str
    text: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """32 hex digits, the same for the same event and occasion."""
        return hashlib.sha256(f"{self.event}\0{self.occasion}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Delivery:
    """A message that one target is to get; ``attempts`` were made before. ``at_s``: Unix time."""

    message_id: str
    target: str
    attempts: int
    event: str
    title: str
    text: str
    at_s: float
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class Undelivered:
    """How many deliveries wait for their next attempt, and how many were given up; why, at last."""

    waiting: int = 0
    given_up: int = 0
    reason: str | None = None

    @property
    def text(self) -> str:
        """One sentence."""
        said = f"; the last reason: {self.reason}" if self.reason else ""
        given_up = f", {self.given_up} given up (media notify retry)" if self.given_up else ""
        return f"{self.waiting} wait to be sent{given_up}{said}"


def announce(settings: "Settings", told: Announcement, *, now_s: float | None = None) -> bool:
    """Keep a message for every target; False when nobody is to be told, or when it is known.

    It returns once the message is on the disk, and waits for no target. Raises sqlite3.Error.
    """
    targets = target_names(settings)
    if not targets or told.event not in settings.notify.events:
        return False
    at_s = time.time() if now_s is None else now_s
    title = plain_text(told.title, longest=LONGEST_TITLE)
    text = plain_lines(told.text).rstrip("\n")[:LONGEST_TEXT]
    facts = json.dumps(dict(told.facts), ensure_ascii=False)
    message = (told.id, str(told.event), title, text, facts, at_s)
    with opened(settings.media_home) as outbox, transaction(outbox):
        outbox.execute("delete from message where at_s < ?", [at_s - KEPT_SECONDS])
        added = outbox.execute("insert or ignore into message values (?, ?, ?, ?, ?, ?)", message)
        if added.rowcount:
            rows = [(told.id, target, WAITING, at_s) for target in targets]
            outbox.executemany("insert into delivery values (?, ?, ?, 0, ?, null)", rows)
        return bool(added.rowcount)


def target_names(settings: "Settings") -> list[str]:
    """A name without secrets for each target: ``webhook``, and place and scheme: ``1 mailto``."""
    named = [
        f"{place} {plain_text(address.partition('://')[0], longest=20)}"
        for place, address in enumerate(settings.notify.addresses, start=1)
    ]
    return [*named, *([WEBHOOK] if settings.notify.webhook_url else [])]


def begun_at(home: "MediaHome") -> float:
    """Since when there is an outbox (Unix time): what was over before is not told."""
    with opened(home) as outbox, transaction(outbox):
        found = outbox.execute("select at_s from begun").fetchone()
        if found is None:
            found = (time.time(),)
            outbox.execute("insert into begun values (?)", found)
        return float(found[0])


def newest(home: "MediaHome", event: "Event") -> tuple[float, Mapping[str, Fact]] | None:
    """When the newest message of an event was kept (Unix time), and its facts."""
    query = "select at_s, facts from message where event = ? order by at_s desc limit 1"
    with opened(home) as outbox:
        found = outbox.execute(query, [str(event)]).fetchone()
    return (float(found[0]), json.loads(found[1])) if found else None


def due(home: "MediaHome", at_most: int) -> list[Delivery]:
    """What is to be tried now, oldest first."""
    query = """
    select message_id, target, attempts, event, title, body, at_s, facts
    from delivery inner join message on delivery.message_id = message.id
    where state = ? and due_s <= ?
    order by at_s, target
    limit ?
    """
    with opened(home) as outbox:
        rows = outbox.execute(query, [WAITING, time.time(), at_most]).fetchall()
    return [delivery_of(row) for row in rows]


def delivery_of(row: tuple[str, str, int, str, str, str, float, str]) -> Delivery:
    """The delivery that a row of the outbox holds."""
    message_id, target, attempts, event, title, text, at_s, facts = row
    return Delivery(message_id, target, attempts, event, title, text, at_s, json.loads(facts))


def begin_attempt(home: "MediaHome", one: Delivery, next_s: float) -> None:
    """Count the attempt, and say when the next would be if nothing more is heard of this one."""
    change = "update delivery set attempts = attempts + 1, due_s = ?"
    _change(home, one, change, [next_s])


def end_attempt(home: "MediaHome", one: Delivery, state: str, reason: str | None) -> None:
    """Note what became of it: SENT, WAITING for its next attempt, or GIVEN_UP."""
    _change(home, one, "update delivery set state = ?, reason = ?", [state, reason])


def try_again(home: "MediaHome") -> int:
    """Let what was given up be tried again from the beginning; how many deliveries."""
    change = "update delivery set state = ?, attempts = 0, due_s = ? where state = ?"
    with opened(home) as outbox:
        return outbox.execute(change, [WAITING, time.time(), GIVEN_UP]).rowcount


def undelivered(home: "MediaHome") -> Undelivered:
    """What was not delivered; nothing where there is no outbox."""
    if not outbox_file(home).exists():
        return Undelivered()
    query = "select state, count(*), max(reason) from delivery where state <> ? group by state"
    with closing(_connected(outbox_file(home), read_only=True)) as outbox:
        found = {state: (count, why) for state, count, why in outbox.execute(query, [SENT])}
    waiting, why_waiting = found.get(WAITING, (0, None))
    given_up, why_given_up = found.get(GIVEN_UP, (0, None))
    return Undelivered(waiting, given_up, why_given_up or why_waiting)


def outbox_file(home: "MediaHome") -> Path:
    """Where it is; in no backup."""
    return home.root / "notifications.sqlite"


@contextmanager
def opened(home: "MediaHome") -> Iterator[sqlite3.Connection]:
    """The outbox, made now if there is none. Raises sqlite3.Error."""
    with closing(_connected(outbox_file(home))) as outbox:
        outbox.execute("pragma journal_mode = wal")
        outbox.execute("pragma synchronous = full")
        outbox.execute("pragma foreign_keys = on")
        if outbox.execute("pragma user_version").fetchone() == (0,):
            with transaction(outbox):
                if outbox.execute("pragma user_version").fetchone() == (0,):
                    _lay_out(outbox)
        yield outbox


@contextmanager
def transaction(outbox: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; other writers wait."""
    outbox.execute("begin immediate")
    try:
        yield
    except BaseException:
        outbox.execute("rollback")
        raise
    outbox.execute("commit")


def _connected(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)


def _lay_out(outbox: sqlite3.Connection) -> None:
    for statement in TABLES.split(";"):
        outbox.execute(statement)
    outbox.execute(f"pragma user_version = {LAYOUT}")


def _change(home: "MediaHome", one: Delivery, change: str, values: list[object]) -> None:
    with opened(home) as outbox:
        which = [one.message_id, one.target]
        outbox.execute(f"{change} where message_id = ? and target = ?", [*values, *which])
