"""The tags of runs: Dagster's own that ranged runs rely on, and ours."""

from collections.abc import Mapping

from dagster._core.storage.tags import (
    AUTO_MATERIALIZE_TAG,
    AUTOMATION_CONDITION_TAG,
    EXTERNALLY_MANAGED_ASSETS_TAG,
    SCHEDULE_NAME_TAG,
    SENSOR_NAME_TAG,
)

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
PARTITION_TAG = "dagster/partition"
RUN_KEY_TAG = "dagster/run_key"

DEFER_EVENTS_TAG = EXTERNALLY_MANAGED_ASSETS_TAG
"""Leaves materialization events to the assets. Set when a run is created it also leaves out the
planned events, which would turn sources red that are in the range and not the run's."""

PLANNED_TAG = "media/planned"
"""Says that every source of the range was announced, so the assets must answer for each."""

AGAIN_TAG = "media/make_again"
"""On a run that a person started in Dagster's UI: what is selected is made again, fresh or not. Its
value says so to everybody who looks at the run."""
ASKED_IN_THE_UI = "asked for in the UI"

BATCH_TAG = "media/batch"
ROOT_TAG = "media/root"

STAGE_TAG = "media/stage"
"""Which stage of taking sources in a run carries out, see media_assets.execution.stages."""
RENDITIONS = "renditions"
RECOGNITION = "recognition"

PRIORITY_TAG = "media/priority"
RANK_TAG = "dagster/priority"
"""How urgent the run is, where that is not standard, and Dagster's number for it."""

PLACE_TAG = "media/place"
SHARED = "shared"
"""On a run that counts among those that work at a time; instant runs have a place of their own."""

WILL_RETRY_TAG = "dagster/will_retry"
AUTO_RETRY_TAG = "dagster/auto_retry_run_id"
"""On a dead run that the service has started again."""
DIED_TAG = "media/died"
"""On a run whose process died: that it is to be started again, until it was."""
TO_BE_REPEATED = "to be repeated"
REPEATED = "repeated"

RETRY_NUMBER_TAG = "dagster/retry_number"
"""By it Dagster knows that a dead run has been started again and need not be once more."""

KEPT_IN_RETRY = (
    RANGE_START_TAG,
    RANGE_END_TAG,
    PARTITION_TAG,
    DEFER_EVENTS_TAG,
    PLANNED_TAG,
    AGAIN_TAG,
    BATCH_TAG,
    ROOT_TAG,
    STAGE_TAG,
    PRIORITY_TAG,
    RANK_TAG,
)

NOT_BY_A_PERSON = frozenset(
    {
        RUN_KEY_TAG,
        DEFER_EVENTS_TAG,
        BATCH_TAG,
        STAGE_TAG,
        SENSOR_NAME_TAG,
        SCHEDULE_NAME_TAG,
        AUTO_MATERIALIZE_TAG,
        AUTOMATION_CONDITION_TAG,
    }
)
"""Each of them is on runs that a sensor, a schedule, Dagster's automation or a command asks for,
and on none that a person selects in the UI."""


def is_of_a_person(tags: Mapping[str, str]) -> bool:
    """Whether a person selected the run in Dagster's UI; ``tags`` are those it was created with."""
    return not NOT_BY_A_PERSON & tags.keys()


def passed_to_retry(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of a dead run that the run which repeats it has too."""
    return {name: tags[name] for name in KEPT_IN_RETRY if name in tags}
