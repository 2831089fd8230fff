"""What the code of each derivative was when its ``code_version`` was last decided.

``python -m tests.code_versions`` writes it down: after a new version, or after an edit that changes
no result.
"""

import json
from pathlib import Path

from media_assets.execution.code_digest import code_digest
from media_assets.media import all_media

RECORD = Path(__file__).with_suffix(".json")

Versions = dict[str, dict[str, str]]


def versions_now() -> Versions:
    """Derivative -> its code version, and the digest of its code."""
    return {
        recipe.table: {"code_version": recipe.code_version, "digest": code_digest(recipe.make)}
        for medium in all_media().values()
        for recipe in medium.recipes.values()
    }


def forgotten(recorded: Versions, now: Versions) -> list[str]:
    """What to tell the developer about each derivative whose code and record differ."""
    advice = "raise code_version if results change, then: python -m tests.code_versions"
    return [
        f"{name}: the code changed, code_version did not; {advice}"
        if made["code_version"] == recorded.get(name, {}).get("code_version")
        else f"{name}: code_version {made['code_version']} is not on record; {advice}"
        for name, made in now.items()
        if made != recorded.get(name)
    ]


def read() -> Versions:
    """The record."""
    versions: Versions = json.loads(RECORD.read_text())
    return versions


if __name__ == "__main__":
    RECORD.write_text(json.dumps(versions_now(), indent=2, sort_keys=True) + "\n")
