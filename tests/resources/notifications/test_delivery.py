"""Messages reach their targets in the end, one after the other, and bad targets are given up."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from resources.configuration.settings import Settings
from resources.notifications import delivery
from resources.notifications.delivery import MOST_ATTEMPTS, Sent, deliver_due, pause_after
from resources.notifications.outbox import announce, opened, undelivered
from tests.support.notified_home import announcement, notified, with_webhook
from tests.support.scripted_server import Asked, Said, ScriptedServer, scripted_server


def no_pause(attempts: int) -> float:
    return 0.0 * attempts


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the time to the next attempt had passed."""
    monkeypatch.setattr(delivery, "pause_after", no_pause)


@pytest.fixture
def fragile() -> Iterator[ScriptedServer]:
    """A server that refuses twice before it takes anything."""
    answers = iter([Said(b"busy", 503), Said(b"busy", 503)])
    with scripted_server(lambda _: next(answers, Said(b""))) as server:
        yield server


@pytest.mark.usefixtures("at_once")
def test_a_message_is_sent_again_until_it_is_taken_and_then_no_more(
    tmp_path: Path, fragile: ScriptedServer
) -> None:
    settings = with_webhook(tmp_path, fragile.url)
    announce(settings, announcement())

    sent = [deliver_due(settings) for _ in range(4)]

    assert sent == [Sent(failed=1), Sent(failed=1), Sent(sent=1), Sent()]
    assert len({one.headers["webhook-id"] for one in fragile.asked}) == 1
    assert len(fragile.asked) == 3


def test_a_failed_attempt_is_not_repeated_at_once(tmp_path: Path, fragile: ScriptedServer) -> None:
    settings = with_webhook(tmp_path, fragile.url)
    announce(settings, announcement())

    assert [deliver_due(settings), deliver_due(settings)] == [Sent(failed=1), Sent()]
    found = undelivered(settings.media_home)
    assert (found.waiting, found.reason) == (1, "webhook: it answered with HTTP 503")


@pytest.mark.usefixtures("at_once")
def test_after_the_last_attempt_it_is_given_up_and_that_is_told(tmp_path: Path) -> None:
    with scripted_server(lambda _: Said(b"", 500)) as server:
        settings = with_webhook(tmp_path, server.url)
        announce(settings, announcement())
        sent = [deliver_due(settings) for _ in range(MOST_ATTEMPTS + 1)]

    assert sent[-2:] == [Sent(given_up=1), Sent()]
    assert len(server.asked) == MOST_ATTEMPTS
    assert "1 given up" in undelivered(settings.media_home).text


def test_pauses_grow_to_hours_and_last_longer_than_a_night() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]

    assert pauses[:3] == [30, 60, 120]
    assert max(pauses) <= 6 * 3600
    assert sum(pauses) > 14 * 3600


def test_one_process_sends_at_a_time(tmp_path: Path, fragile: ScriptedServer) -> None:
    settings = with_webhook(tmp_path, fragile.url)
    announce(settings, announcement())

    with FileLock(settings.media_home.locks / "notifications.lock"):
        assert deliver_due(settings) == Sent()
    assert fragile.asked == []


def test_a_call_ends_in_time_however_much_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SECONDS_PER_CALL", 0.3)

    def slowly(_: Asked) -> Said:
        time.sleep(0.2)
        return Said(b"")

    with scripted_server(slowly) as server:
        settings = with_webhook(tmp_path, server.url)
        for number in range(6):
            announce(settings, announcement(f"batch {number}"))
        sent = deliver_due(settings)

    assert 1 <= sent.sent < 6


def test_a_target_that_left_the_settings_is_given_up(tmp_path: Path) -> None:
    announce(notified(tmp_path, urls="json://localhost"), announcement())

    assert deliver_due(notified(tmp_path)) == Sent(given_up=1)
    assert (
        undelivered(notified(tmp_path).media_home).reason == "1 json is no longer in the settings"
    )


def apprise_settings(home: Path, server: ScriptedServer, path: str = "hook") -> Settings:
    place = server.url.removeprefix("http://").removesuffix("/v1")
    return notified(home, urls=f"json://user:canary-token@{place}/{path}")


def test_apprise_delivers_and_mentions_nobody(tmp_path: Path) -> None:
    with scripted_server(lambda _: Said(b"")) as server:
        settings = apprise_settings(tmp_path, server)
        announce(settings, announcement("@everyone"))
        assert deliver_due(settings) == Sent(sent=1)

    (asked,) = server.asked
    assert asked.json["title"] == "@\u200beveryone is complete"


def test_apprise_follows_no_redirect_and_tells_no_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted_server(lambda _: Said(b"")) as elsewhere:
        moved = Said(b"", 302, {"Location": elsewhere.url})
        with scripted_server(lambda _: moved) as server:
            settings = apprise_settings(tmp_path, server)
            announce(settings, announcement())
            assert deliver_due(settings) == Sent(failed=1)

    assert elsewhere.asked == []
    assert caplog.text.count("canary-token") == 0 < len(caplog.records)
    with opened(settings.media_home) as outbox:
        assert "canary-token" not in "\n".join(outbox.iterdump())


@pytest.mark.parametrize("address", ["nonsense", "nosuchservice://x"])
def test_an_address_that_nobody_knows_is_told_without_repeating_it(
    tmp_path: Path, address: str
) -> None:
    settings = notified(tmp_path, urls=address)
    announce(settings, announcement())
    deliver_due(settings)

    assert "does not understand" in str(undelivered(settings.media_home).reason)
