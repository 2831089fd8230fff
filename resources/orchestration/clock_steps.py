"""Sensors whose last tick is in the future, which a machine's clock that was set back would stop.

Dagster lets a sensor rest until its last tick is some seconds ago; after a step back of an hour
nothing would be taken in for an hour. Such ticks are dated now instead. (Schedules go on when the
clock has caught up; they are upkeep.) Uses an internal of dagster 1.13: SensorInstigatorData.
"""

import time

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import SensorInstigatorData

TOLERATED_SECONDS = 5.0
"""A tick in progress elsewhere may be dated a little later than this process's look."""


def wake_sensors(instance: dg.DagsterInstance) -> list[str]:
    """Date ticks of the future now; return the names of their sensors."""
    now = time.time()
    woken = []
    for state in instance.all_instigator_state(instigator_type=InstigatorType.SENSOR):
        data = state.instigator_data
        if isinstance(data, SensorInstigatorData) and last_tick(data) > now + TOLERATED_SECONDS:
            instance.update_instigator_state(state.with_data(dated(data, now)))
            woken.append(state.name)
    return woken


def last_tick(data: SensorInstigatorData) -> float:
    """When the sensor was last evaluated, in seconds since 1970; 0 if it never was."""
    times = (
        data.last_tick_timestamp,
        data.last_tick_start_timestamp,
        data.last_tick_success_timestamp,
    )
    return max(when or 0.0 for when in times)


def dated(data: SensorInstigatorData, now: float) -> SensorInstigatorData:
    """``data`` with no tick after ``now``."""

    def past(when: float | None) -> float | None:
        return None if when is None else min(when, now)

    return data._replace(
        last_tick_timestamp=past(data.last_tick_timestamp),
        last_tick_start_timestamp=past(data.last_tick_start_timestamp),
        last_tick_success_timestamp=past(data.last_tick_success_timestamp),
    )
