"""Runs over images that lie scattered among the partitions: retries, reprocessing, filled gaps.

Dagster runs a range of keys. Asking for one run per stretch of neighbours would make a thousand
runs of a thousand scattered images; instead one run covers the range from the first to the last
and names the images it is about. No event is planned for the others, so their status stays.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import dagster as dg

from media_assets.execution.image_asset import IMAGES_PER_BACKFILL_RUN, recipes
from resources.orchestration.run_tags import DEFER_EVENTS_TAG, RANGE_END_TAG, RANGE_START_TAG


def repair_requests(
    keys: Sequence[str],
    image_ids: Collection[str],
    *,
    assets: Collection[str] = (),
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    hint: str | None = None,
) -> Iterator[dg.RunRequest]:
    """Requests that bring ``image_ids`` up to date, at most 200 images a run.

    ``keys`` are all partition keys in Dagster's order. ``assets`` names the derivatives to make
    (those below them follow); none means all. With ``force`` they are made again even when fresh.
    ``hint`` is what a person says about the images; language models are told it.
    """
    wanted = set(image_ids)
    ordered = [key for key in keys if key in wanted]
    chosen = with_descendants(assets or recipes)
    for start in range(0, len(ordered), IMAGES_PER_BACKFILL_RUN):
        part = ordered[start : start + IMAGES_PER_BACKFILL_RUN]
        yield dg.RunRequest(
            run_config=selection_config(
                part, chosen, forced=set(assets) if force else set(), hint=hint
            ),
            tags={
                RANGE_START_TAG: part[0],
                RANGE_END_TAG: part[-1],
                DEFER_EVENTS_TAG: "true",
                **(tags or {}),
            },
            asset_selection=[dg.AssetKey(["image", name]) for name in chosen],
            job_name="process_images",
        )


def with_descendants(assets: Collection[str]) -> list[str]:
    """``assets`` and every derivative made from them, upstream first."""
    chosen = set(assets)
    for name, recipe in recipes.items():  # upstream before downstream
        if chosen & set(recipe.inputs):
            chosen.add(name)
    return [name for name in recipes if name in chosen]


def selection_config(
    image_ids: Sequence[str],
    assets: Sequence[str],
    forced: Collection[str],
    hint: str | None = None,
) -> dict[str, object]:
    """Run config that limits each asset's step to ``image_ids``; the hint is for those forced."""
    only: dict[str, object] = {"only": list(image_ids), "force": False}
    again = {**only, "force": True, **({"hint": hint} if hint else {})}
    return {
        "ops": {f"image__{name}": {"config": again if name in forced else only} for name in assets}
    }
