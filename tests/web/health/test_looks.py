"""A look at all parts takes a bounded time, whatever hangs, and says what is known."""

import threading
import time
from collections.abc import Iterator

import pytest

from web.health import looks
from web.health.looks import Looks
from web.health.part import Finding, Part

WELL = Finding(True, "works")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(looks, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(looks, "GOOD_FOR_SECONDS", -1.0)


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Set it, and the looks that hang end; they end with the test."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.usefixtures("impatient")
def test_a_part_that_hangs_did_not_answer_and_the_others_did(hanging: threading.Event) -> None:
    def hang() -> Finding:
        hanging.wait()
        return WELL

    asked = Looks([Part("slow", hang), Part("quick", lambda: WELL)])
    began = time.monotonic()
    found = asked.current()

    assert time.monotonic() - began < 2
    assert found["quick"] == WELL
    assert found["slow"].ok is False
    assert found["slow"].said.startswith("did not answer within ")
    hanging.set()
    time.sleep(0.1)
    assert asked.current()["slow"] == WELL


@pytest.mark.usefixtures("impatient")
def test_a_part_that_hangs_is_not_asked_again_meanwhile(hanging: threading.Event) -> None:
    begun = []

    def hang() -> Finding:
        begun.append(1)
        hanging.wait()
        return WELL

    asked = Looks([Part("slow", hang)])
    for _ in range(3):
        asked.current()

    assert len(begun) == 1


@pytest.mark.usefixtures("impatient")
def test_while_a_later_look_takes_long_the_last_answer_counts_for_a_while(
    hanging: threading.Event,
) -> None:
    is_first = iter([True])

    def look() -> Finding:
        if not next(is_first, False):
            hanging.wait()
        return WELL

    asked = Looks([Part("part", look)])
    assert asked.current()["part"] == WELL
    assert asked.current()["part"] == WELL
    time.sleep(0.4)
    assert asked.current()["part"].ok is False


def test_what_goes_wrong_in_a_part_is_told_without_its_words() -> None:
    def fail() -> Finding:
        raise ConnectionError("password canary-password")

    found = Looks([Part("storage", fail)]).current()["storage"]

    assert found.ok is False
    assert "ConnectionError" in found.said
    assert "canary" not in found.said


def test_one_look_serves_all_who_ask_within_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "GOOD_FOR_SECONDS", 60.0)
    begun = []

    def look() -> Finding:
        begun.append(1)
        return WELL

    asked = Looks([Part("part", look)])
    for _ in range(5):
        asked.current()

    assert len(begun) == 1
