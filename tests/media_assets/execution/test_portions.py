"""Results are committed soon at first, then in growing portions; few of them ever wait."""

import time
from collections.abc import Iterator

import pytest

from media_assets.execution.batched_execution import portions
from media_assets.execution.results import SourceResult


class Clock:
    """The steady clock of a run that makes one source in so many seconds."""

    def __init__(self, seconds_per_source: float) -> None:
        self.now_s = 1000.0
        self.seconds_per_source = seconds_per_source
        self.made = 0

    def work(self, sources: int) -> Iterator[list[SourceResult]]:
        for number in range(sources):
            self.now_s += self.seconds_per_source
            self.made += 1
            yield [SourceResult("thumbnails", f"picture-{number}", None, {}, True, False)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(0.1)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now_s)
    return clock


def test_the_first_results_are_committed_within_two_seconds(clock: Clock) -> None:
    first = next(portions(clock.work(1000)))
    assert clock.now_s - 1000 <= 2
    assert len(first) >= 10


def test_at_any_time_four_fifths_of_what_was_made_is_committed(clock: Clock) -> None:
    committed, lengths = 0, []
    for portion in portions(clock.work(3000)):
        if committed > 100:  # before that the first seconds' portions
            assert len(portion) <= 0.2 * clock.made + 1
        committed += len(portion)
        lengths.append(len(portion))
    assert committed == clock.made == 3000
    assert lengths[-2] > 5 * lengths[0]
    assert len(lengths) < 30


def test_a_slow_model_commits_what_it_has_every_half_minute(clock: Clock) -> None:
    clock.seconds_per_source = 20.0
    lengths = [len(portion) for portion in portions(clock.work(20))]
    assert sum(lengths) == 20
    assert max(lengths) <= 2
