"""How each derivative came about, with links to its asset, its partition and its run."""

import json
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from media_assets.media import image_recipes
from web.gallery.panels.panel import Shown, Values, panel


def read(shown: Shown) -> Values | None:
    """``rows``: the derivatives, upstream before downstream; ``assets``: what can be made again."""
    rows = [row_of(one) for one in shown.artifacts]
    if not rows:
        return None
    return {
        "rows": rows,
        "seconds": sum(one["seconds"] or 0 for one in rows),
        "image_id": shown.image_id,
        "assets": list(image_recipes()),
    }


def row_of(artifact: dict[str, Any]) -> dict[str, Any]:
    """One derivative with its addresses in Dagster's UI."""
    parameters = json.loads(artifact["parameters"] or "{}")
    asset = f"/assets/{quote(artifact['medium'])}/{quote(artifact['asset'])}"
    shown = urlencode({"view": "partitions", "partition": artifact["source_id"]})
    return {
        **artifact,
        "model": parameters.get("model"),
        "engine_version": (artifact["engine_version"] or "").split(",")[0],
        "asset_address": asset,
        "partition_address": f"{asset}?{shown}",
        "run_address": run_address(artifact["run_id"]),
    }


def run_address(run_id: str | None) -> str | None:
    """The run's page in Dagster's UI; None for what no run made, such as an edit."""
    try:
        return f"/runs/{UUID(run_id or '')}"
    except ValueError:
        return None


PANEL = panel(__file__, "Lineage", read, is_wide=True)
