"""How values and errors are shown."""

import pytest

from command_line.terminal.console import CommandError, cell


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (46.36832, "46.3683"),
        (-3.968412, "-3.9684"),
        (1620.0, "1,620"),
        (1234567.25, "1,234,567.25"),
        (0.002, "0.002"),
        (0.00001234, "1.234e-05"),
        (0.0, "0"),
        (float("nan"), "nan"),
    ],
)
def test_a_number_is_shown_with_four_decimals(value: float, shown: str) -> None:
    """Four digits in all told a place only to the kilometer."""
    assert cell(value) == shown


def test_a_long_error_goes_on_below_and_splits_no_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("command_line.terminal.console.err.width", 40)
    CommandError("there is no field 'nope'; known: title, caption", hint=f"see {'x' * 50}\nand y")

    assert capsys.readouterr().err.splitlines() == [
        "media: there is no field 'nope'; known:",
        "       title, caption",
        "       see",
        f"       {'x' * 50}",
        "       and y",
    ]
