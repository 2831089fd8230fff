"""The two stages of taking sources in: renditions and metadata at once, recognition after them.

Models take seconds to open and up to seconds per source, so that what they make comes in a run of
its own over the same sources: thumbnails, metadata and SQL never wait for it. Which derivative
belongs to which stage is read off the graph: recognition is what a model makes, and all that is
made from it. The first stage is one step: a single visit of each source.
"""

from collections.abc import Collection, Mapping

import dagster as dg

from media_assets.execution.medium import Medium
from resources.orchestration.run_tags import (
    BATCH_TAG,
    DEFER_EVENTS_TAG,
    PLANNED_TAG,
    PRIORITY_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    RANK_TAG,
    RECOGNITION,
    ROOT_TAG,
    STAGE_TAG,
)

PASSED_ON = (RANGE_START_TAG, RANGE_END_TAG, BATCH_TAG, ROOT_TAG, PRIORITY_TAG, RANK_TAG)

FIRST_STEP = "renditions_and_metadata"
"""The step that makes the first stage."""


def with_descendants(medium: Medium, assets: Collection[str]) -> list[str]:
    """``assets`` and every derivative made from them, upstream first."""
    chosen = set(assets)
    for name, recipe in medium.recipes.items():  # upstream before downstream
        if chosen & set(recipe.inputs):
            chosen.add(name)
    return [name for name in medium.recipes if name in chosen]


def recognition(medium: Medium) -> list[str]:
    """The derivatives of the second stage, upstream first."""
    by_models = [name for name, recipe in medium.recipes.items() if recipe.needs_model]
    return with_descendants(medium, by_models)


def first_stage(medium: Medium) -> list[str]:
    """The derivatives of the first stage, upstream first."""
    later = set(recognition(medium))
    return [name for name in medium.recipes if name not in later]


def recognition_assets(medium: Medium) -> list[dg.AssetKey]:
    """Keys of the derivatives of the second stage, upstream first."""
    return [medium.key(name) for name in recognition(medium)]


def first_assets(medium: Medium) -> list[dg.AssetKey]:
    """Keys of the derivatives of the first stage, upstream first."""
    return [medium.key(name) for name in first_stage(medium)]


def steps_of(medium: Medium) -> dict[str, list[str]]:
    """The derivatives that each step of a run makes, by the step's name in Dagster.

    What needs no model is made in one visit. A derivative made of preferred versions is a step of
    its own, since a row has its version only once it is committed; so is what is made from it.
    """
    chosen = [
        name for name, one in medium.recipes.items() if one.needs_model or one.reads_preferred
    ]
    alone = with_descendants(medium, chosen)
    visited = [name for name in medium.recipes if name not in alone]
    steps = {f"{medium.name}__{name}": [name] for name in alone}
    return {f"{medium.name}__{FIRST_STEP}": visited, **steps} if visited else steps


def recognition_request(
    medium: Medium, first_stage: str, tags: Mapping[str, str]
) -> dg.RunRequest | None:
    """The run that recognizes what is in the sources of a first-stage run; None if no model does.

    ``first_stage`` names that run for the run key, ``tags`` are its own or those of its request.
    """
    assets = recognition_assets(medium)
    if not assets:
        return None
    passed_on = {name: tags[name] for name in PASSED_ON if name in tags}
    if DEFER_EVENTS_TAG in tags and PLANNED_TAG not in tags:
        passed_on[DEFER_EVENTS_TAG] = tags[DEFER_EVENTS_TAG]
    return dg.RunRequest(
        run_key=f"recognise-{first_stage}",
        job_name=medium.job,
        asset_selection=assets,
        tags={**passed_on, STAGE_TAG: RECOGNITION},
    )
