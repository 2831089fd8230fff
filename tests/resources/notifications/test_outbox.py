"""What is to be told is kept until it is told, whatever happens in between."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from resources.configuration.notify_settings import Event
from resources.notifications import outbox
from resources.notifications.outbox import (
    GIVEN_UP,
    SENT,
    WAITING,
    Announcement,
    Undelivered,
    announce,
    begin_attempt,
    begun_at,
    due,
    end_attempt,
    newest,
    outbox_file,
    try_again,
    undelivered,
)
from tests.support.notified_home import announcement, notified

TWO = "json://localhost/a mailto://user:password@example.org"

ANNOUNCE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from resources.notifications.outbox import announce
from tests.support.notified_home import announcement, notified
announce(notified(Path(sys.argv[1]), urls="json://localhost"), announcement())
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_message_waits_for_every_target_and_names_no_secret(tmp_path: Path) -> None:
    settings = notified(tmp_path, urls=TWO)

    assert announce(settings, announcement(batch="holiday"))

    found = due(settings.media_home, 10)
    assert [(one.target, one.attempts) for one in found] == [("1 json", 0), ("2 mailto", 0)]
    assert found[0].facts == {"batch": "holiday"}
    assert b"password" not in outbox_file(settings.media_home).read_bytes()


def test_what_people_read_is_made_plain_and_short_and_what_programs_read_is_not(
    tmp_path: Path,
) -> None:
    settings = notified(tmp_path, urls="json://localhost")
    name = "\x1b[31m\u202e" + "x" * 5000
    announce(settings, Announcement(Event.STUCK, "1", name, f"{name}\nline", {"batch": name}))

    (one,) = due(settings.media_home, 10)
    assert one.title.startswith("\\u001b[31m\\u202exxx")
    assert (len(one.title) < 250, len(one.text)) == (True, 4000)
    assert one.facts["batch"] == name


def test_the_same_occasion_is_told_once(tmp_path: Path) -> None:
    settings = notified(tmp_path, urls="json://localhost")

    assert announce(settings, announcement())
    assert not announce(settings, announcement())
    assert announce(settings, announcement("another"))

    assert len(due(settings.media_home, 10)) == 2


def test_a_killed_process_has_lost_no_message(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ANNOUNCE_AND_DIE, str(tmp_path)]
    done = subprocess.run(command, env=dict(os.environ), check=False)

    assert done.returncode == -signal.SIGKILL
    assert len(due(notified(tmp_path).media_home, 10)) == 1


def test_nothing_is_kept_when_nobody_is_to_be_told(tmp_path: Path) -> None:
    silent = notified(tmp_path)
    other = notified(tmp_path, urls="json://localhost", events=["stuck"])

    assert not announce(silent, announcement())
    assert not announce(other, announcement())
    assert announce(other, Announcement(Event.STUCK, "run 1", "It is stuck", "Look at run 1."))


def test_an_attempt_that_a_kill_cuts_short_is_made_again_later(tmp_path: Path) -> None:
    settings = notified(tmp_path, urls="json://localhost")
    home = settings.media_home
    announce(settings, announcement())
    (one,) = due(home, 10)

    begin_attempt(home, one, next_s=0.0)

    assert [again.attempts for again in due(home, 10)] == [1]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (SENT, Undelivered()),
        (WAITING, Undelivered(1, 0, "why")),
        (GIVEN_UP, Undelivered(0, 1, "why")),
    ],
)
def test_what_was_not_delivered_is_counted(
    tmp_path: Path, state: str, expected: Undelivered
) -> None:
    settings = notified(tmp_path, urls="json://localhost")
    home = settings.media_home
    assert undelivered(home) == Undelivered()
    announce(settings, announcement())
    (one,) = due(home, 10)

    begin_attempt(home, one, next_s=2**40)
    end_attempt(home, one, state, None if state == SENT else "why")

    assert undelivered(home) == expected
    assert due(home, 10) == []


def test_what_was_given_up_can_be_tried_again(tmp_path: Path) -> None:
    settings = notified(tmp_path, urls="json://localhost")
    home = settings.media_home
    announce(settings, announcement())
    end_attempt(home, due(home, 10)[0], GIVEN_UP, "why")

    assert try_again(home) == 1
    assert [one.attempts for one in due(home, 10)] == [0]


def test_old_messages_are_forgotten_with_their_deliveries(tmp_path: Path) -> None:
    settings = notified(tmp_path, urls="json://localhost")
    announce(settings, announcement("old"), now_s=1000.0)
    announce(settings, announcement("new"))

    with outbox.opened(settings.media_home) as opened:
        kept = opened.execute("select title from message").fetchall()
        deliveries = opened.execute("select count(*) from delivery").fetchall()
    assert (kept, deliveries) == ([("new is complete",)], [(1,)])


def test_it_begins_once(tmp_path: Path) -> None:
    home = notified(tmp_path).media_home

    assert begun_at(home) == begun_at(home)


def test_the_newest_message_of_an_event_is_found(tmp_path: Path) -> None:
    settings = notified(tmp_path, urls="json://localhost")
    announce(settings, announcement("b", until="2"), now_s=2e9)
    announce(settings, announcement("a", until="1"), now_s=1.9e9)

    assert newest(settings.media_home, Event.BATCH_COMPLETE) == (2e9, {"until": "2"})
    assert newest(settings.media_home, Event.STUCK) is None


def test_a_transaction_that_fails_keeps_nothing(tmp_path: Path) -> None:
    home = notified(tmp_path).media_home

    def fail_halfway() -> None:
        with outbox.opened(home) as opened, outbox.transaction(opened):
            opened.execute("insert into begun values (1)")
            opened.execute("insert into begun values (null)")

    with pytest.raises(sqlite3.IntegrityError):
        fail_halfway()

    with outbox.opened(home) as opened:
        assert opened.execute("select count(*) from begun").fetchall() == [(0,)]
