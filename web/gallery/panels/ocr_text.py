"""The text in the picture, line by line, which can be laid over the picture."""

from web.gallery.panels.panel import Shown, Values, panel

MOST_LINES = 2000
LINES = """
select line_number, text, confidence, left_px, top_px, right_px, bottom_px, language, engine
from ocr_lines
where image_id = ?
order by line_number
limit ?
"""


def read(shown: Shown) -> Values | None:
    """``lines`` with boxes in px of the upright image."""
    lines = shown.published.records(LINES, [shown.image_id, MOST_LINES])
    return {"lines": lines, "most": MOST_LINES} if lines else None


PANEL = panel(__file__, "Text in the picture", read, asset="ocr_text", overlay="Text")
