"""What a run of Dagster's is about: its sources, and the derivatives that it makes of them."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from media_assets.execution.medium import Medium
from media_assets.execution.stages import with_descendants
from resources.orchestration.run_tags import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG


def sources_of(run: dg.DagsterRun, keys: Sequence[str]) -> list[str]:
    """The sources that a run was about; ``keys`` are its medium's partitions in their order."""
    first = run.tags.get(RANGE_START_TAG, run.tags.get(PARTITION_TAG))
    last = run.tags.get(RANGE_END_TAG, first)
    if first not in keys or last not in keys:
        return []
    covered = keys[keys.index(first) : keys.index(last) + 1]
    config: Any = run.run_config
    only = {
        source_id
        for step in config.get("ops", {}).values()
        for source_id in step.get("config", {}).get("only", [])
    }
    return [source_id for source_id in covered if not only or source_id in only]


def assets_of(run: dg.DagsterRun, medium: Medium) -> list[str]:
    """The derivatives that a run was to make, and what is made from them."""
    if not run.asset_selection:
        return list(medium.recipes)
    return with_descendants(medium, [key.path[-1] for key in run.asset_selection])
