"""How urgent runs are: the queue takes urgent ones first, and keeps a place for instant ones.

Runs are short (``batch_size`` sources at most), so that none has to be interrupted. All runs but
instant ones share the places that ``media workers set`` gives; one more place is for instant runs
alone. Where no service works there is no queue, and this has no effect.
"""

from collections.abc import Mapping

import dagster as dg

from resources.configuration.priority_names import Priority
from resources.orchestration.run_tags import PLACE_TAG, PRIORITY_TAG, RANK_TAG, SHARED

INSTANT: Priority = "instant"
STANDARD: Priority = "standard"

RANKS: Mapping[Priority, int] = {INSTANT: 10, STANDARD: 0, "batch": -10}
"""Dagster's ``dagster/priority``: the highest number first, the oldest run among equals."""

PLACES_FOR_INSTANT = 1


def priority_tags(priority: Priority) -> dict[str, str]:
    """The tags of a run of this priority; standard runs need none."""
    if priority == STANDARD:
        return {}
    return {PRIORITY_TAG: priority, RANK_TAG: str(RANKS[priority])}


def share_places(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Have the run share the common places, unless it is instant."""
    if run.tags.get(PRIORITY_TAG) != INSTANT and PLACE_TAG not in run.tags:
        instance.add_run_tags(run.run_id, {PLACE_TAG: SHARED})
