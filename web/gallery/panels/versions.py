"""Every version of what is said of the picture: compared, preferred, made again."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from media_assets.curation.version_list import (
    BY_PEOPLE,
    engine_of,
    is_choosable,
    short_name,
    versions_of,
)
from media_assets.media import image_recipes
from resources.display_text import plain_lines
from resources.language.hints import LONGEST_HINT
from web.gallery.base.gallery import may_change
from web.gallery.panels.lineage import run_address
from web.gallery.panels.panel import Shown, Values, panel
from web.gallery.panels.version_difference import differences

SAID = ("caption", "description", "zero_shot_tags", BY_PEOPLE)
"""Assets whose versions stand open: people choose among them."""

NOT_SAID = ("attempts", "finish_reason", "prompt_tokens", "answer_tokens")
"""Columns about the making of an answer; SQL has them."""

MOST = 50
LONGEST_TEXT = 2000
COMPARED = 2


def read(shown: Shown) -> Values | None:
    """``assets``: each with its versions, the newest first; ``compared``: two side by side."""
    found = versions_of(shown.published.records, shown.image_id, None)
    versions = [version_of(one) for one in found]
    if not versions:
        return None
    asked = shown.request.query_params.getlist("compare")
    grouped = [
        {"asset": asset, "versions": list(all_of_it)[:MOST], "can_remake": asset in image_recipes()}
        for asset, all_of_it in groupby(versions, lambda one: one["asset"])
    ]
    return {
        "assets": sorted(grouped, key=lambda one: (order_of(one["asset"]), one["asset"])),
        "said": SAID,
        "has_several": any(len(one["versions"]) >= COMPARED for one in grouped),
        "compared": compared(versions, asked),
        "asked": asked,
        "image_id": shown.image_id,
        "may_choose": may_change(shown.request),
        "longest_hint": LONGEST_HINT,
    }


def order_of(asset: str) -> int:
    """What people say and choose first."""
    return SAID.index(asset) if asset in SAID else len(SAID)


def version_of(version: Mapping[str, Any]) -> dict[str, Any]:
    """One version as the page shows it."""
    says = version["says"] or {}
    return {
        **version,
        "short": short_name(version["version"]),
        "texts": {name: said_text(value) for name, value in says.items() if name not in NOT_SAID},
        "engine_text": version["edited_by"] or engine_of(dict(version)),
        "run_address": run_address(version["run_id"]),
        "can_be_chosen": is_choosable(dict(version)) and not version["is_preferred"],
    }


def said_text(value: object) -> str:
    """What a version says in one field, as text of bounded length."""
    text = ", ".join(map(entry_text, value)) if isinstance(value, list) else entry_text(value)
    shown = plain_lines(text[:LONGEST_TEXT]).rstrip("\n")
    return f"{shown} ..." if len(text) > LONGEST_TEXT else shown


def entry_text(value: object) -> str:
    """One value; of a mapping those of its values that are known: "red, measured"."""
    if isinstance(value, dict):
        return " · ".join(str(one) for one in value.values() if one not in (None, "", []))
    return str(value)


def compared(versions: Sequence[Mapping[str, Any]], asked: Sequence[str]) -> Values | None:
    """The two versions that were ticked, the older one first, with their differences."""
    chosen = [one for one in versions if one["version"] in asked]
    if len(chosen) != COMPARED:
        return None
    older, newer = sorted(chosen, key=lambda one: one["made_at"])
    return {
        "older": older,
        "newer": newer,
        "fields": differences(older["texts"], newer["texts"]),
    }


PANEL = panel(__file__, "Versions", read, is_wide=True)
