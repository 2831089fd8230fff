"""A bar that is missed is said to be, and told to the caller."""

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.bars import check


@pytest.mark.parametrize(
    ("figure", "direction", "is_met"),
    [(0.5, "at most", True), (0.51, "at most", False), (0.5, "at least", True)],
)
def test_a_figure_meets_its_bar_or_is_called_missed(
    figure: float, direction: str, is_met: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("a command", figure, 0.5, "s", direction=direction) is is_met  # type: ignore[arg-type]
    assert ("MISSED" in capsys.readouterr().out) is not is_met


def test_one_missed_bar_is_enough_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(BENCHMARKS, "slow", lambda: check("slow", 2.0, 1.0))
    monkeypatch.setitem(BENCHMARKS, "fast", lambda: check("fast", 0.5, 1.0))
    assert main(["fast"])
    assert not main(["fast", "slow"])
    assert "bars missed in: slow" in capsys.readouterr().out


def test_an_unknown_name_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert not main(["raeds"])
    assert "reads" in capsys.readouterr().out
