"""Runs over sources scattered among the partitions: retries, reprocessing, filled gaps.

Dagster runs a range of keys. Asking for one run per stretch of neighbors would make a thousand runs
of a thousand scattered sources; instead one run covers the range from the first to the last and
names the sources it is about. No event is planned for the others, so their status stays.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import dagster as dg

from media_assets.execution.medium import Medium
from media_assets.execution.stages import steps_of, with_descendants
from media_assets.execution.steps import SOURCES_PER_RUN
from resources.language.hints import Hint
from resources.orchestration.run_tags import DEFER_EVENTS_TAG, RANGE_END_TAG, RANGE_START_TAG


def repair_requests(
    medium: Medium,
    keys: Sequence[str],
    source_ids: Collection[str],
    *,
    assets: Collection[str] = (),
    force: bool = False,
    leave_stale: bool = False,
    leave_out: Collection[str] = (),
    tags: Mapping[str, str] | None = None,
    hint: Hint | None = None,
) -> Iterator[dg.RunRequest]:
    """Requests that bring ``source_ids`` up to date, at most 200 sources a run.

    ``keys`` are all partition keys of the medium in Dagster's order. ``assets`` names the
    derivatives to make (those below them follow); none means all. With ``force`` they are made
    again even when fresh; with ``leave_stale`` what an older recipe made stays as it is, and so
    does what ``leave_out`` names, though it would follow. ``hint`` is what a person says about
    the sources; language models get it.
    """
    wanted = set(source_ids)
    ordered = [key for key in keys if key in wanted]
    following = with_descendants(medium, assets or medium.recipes)
    chosen = [name for name in following if name not in leave_out]
    for start in range(0, len(ordered), SOURCES_PER_RUN):
        part = ordered[start : start + SOURCES_PER_RUN]
        yield dg.RunRequest(
            run_config=selection_config(
                medium,
                chosen,
                {"only": part, "leave_stale": leave_stale},
                forced=set(assets) if force else set(),
                hint=hint,
            ),
            tags={
                RANGE_START_TAG: part[0],
                RANGE_END_TAG: part[-1],
                DEFER_EVENTS_TAG: "true",
                **(tags or {}),
            },
            asset_selection=[medium.key(name) for name in chosen],
            job_name=medium.job,
        )


def with_inputs(medium: Medium, assets: Collection[str]) -> set[str]:
    """``assets`` and every derivative that they are made from, at whatever distance."""
    found = set(assets)
    for name in reversed(medium.recipes):  # downstream before upstream
        if name in found:
            found |= set(medium.recipes[name].inputs) & medium.recipes.keys()
    return found


def selection_config(
    medium: Medium,
    assets: Collection[str],
    selection: Mapping[str, object],
    forced: Collection[str],
    hint: Hint | None = None,
) -> dict[str, object]:
    """Run config that gives each step the ``selection``; the hint is for the derivatives forced."""
    ops: dict[str, object] = {}
    for step, names in steps_of(medium).items():
        if again := [name for name in names if name in forced]:
            ops[step] = {"config": {**selection, "remake": again, **config_of(hint)}}
        elif set(names) & set(assets):
            ops[step] = {"config": dict(selection)}
    return {"ops": ops}


def config_of(hint: Hint | None) -> dict[str, object]:
    """A hint as run config."""
    if hint is None:
        return {}
    return {"hint": hint.text} if hint.part is None else {"hint": hint.text, "part": hint.part}
