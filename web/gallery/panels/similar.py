"""Pictures that look or read alike: what ``media search --like`` finds. Asked for when seen."""

from web.gallery.panels.panel import Shown, Values, panel


def read(shown: Shown) -> Values | None:
    """The address that answers with the pictures."""
    made = {one["asset"] for one in shown.artifacts if one["outcome"] in ("ok", "degraded")}
    return {"image_id": shown.image_id} if "embedding" in made else None


PANEL = panel(__file__, "Similar pictures", read, asset="embedding", is_wide=True)
