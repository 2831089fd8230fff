"""The Dagster assets of a medium: one step for all that a visit makes, one step per model."""

import warnings
from collections.abc import Sequence
from functools import cache

import dagster as dg

from media_assets.execution.medium import Medium
from media_assets.execution.stages import steps_of
from media_assets.execution.steps import SOURCES_PER_RUN, Step, model_step, visiting_step


@cache
def assets_of(medium: Medium) -> Sequence[dg.AssetsDefinition]:
    """All derivatives of a medium, whose files are imported: upstream before downstream."""
    return [asset_of(medium, op, names) for op, names in steps_of(medium).items()]


def asset_of(medium: Medium, op: str, names: Sequence[str]) -> dg.AssetsDefinition:
    """One step. Each derivative keeps its own key, events and page, and can be selected alone."""
    recipes = [medium.recipes[name] for name in names]
    step: Step = model_step(recipes[0]) if recipes[0].needs_model else visiting_step(recipes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # backfill_policy; Dagster is pinned
        return dg.multi_asset(
            name=op,
            specs=[medium.specs[name] for name in names],
            can_subset=len(names) > 1,
            backfill_policy=dg.BackfillPolicy.multi_run(SOURCES_PER_RUN),
        )(step)
