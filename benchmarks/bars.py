"""One line per bar: the figure, what it may be at most or must be at least, and whether it is."""

from typing import Literal

Direction = Literal["at most", "at least"]


def check(
    name: str, figure: float, bar: float, unit: str = "", *, direction: Direction = "at most"
) -> bool:
    """Print the figure beside its bar, met or MISSED; return whether it is met."""
    is_met = figure <= bar if direction == "at most" else figure >= bar
    verdict = "met" if is_met else "MISSED"
    shown = f"{figure:,.2f} {unit}".rstrip()
    print(f"  {name:<46} {shown:>16}   (bar: {direction} {bar:g}, {verdict})", flush=True)
    return is_met


def note(name: str, figure: float, unit: str = "", more: str = "") -> None:
    """Print a figure that has no bar."""
    shown = f"{figure:,.2f} {unit}".rstrip()
    print(f"  {name:<46} {shown:>16}   {more}".rstrip(), flush=True)
