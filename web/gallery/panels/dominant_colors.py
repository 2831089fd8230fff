"""The main colors of the picture, with their shares."""

from web.gallery.panels.panel import Shown, Values, panel


def read(shown: Shown) -> Values | None:
    """``colors``: sRGB in hexadecimal, each with its share of the picture from 0 to 1."""
    row = shown.row_of("dominant_colors")
    if not row or not row["colors"]:
        return None
    return {"colors": list(zip(row["colors"], row["shares"], strict=True))}


PANEL = panel(__file__, "Colors", read, asset="dominant_colors")
