"""The sensors of the code location, evaluated in this process instead of by the service's daemon.

Each is ticked as the daemon does it: its cursor is kept from tick to tick (in memory only), the
partitions that it names are added, and a run is carried out for each request whose run key has none
yet. The order is that of the code location, and after a tick that asked for something it starts
again: with the sensor of the landing folders first and that of search last, recognition waits until
the renditions of all that has landed are made, and publication comes after both.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

import definitions
from command_line.service.runs import run_here
from resources.orchestration.run_tags import RANGE_START_TAG, RUN_KEY_TAG
from sensors.processed_images import cursor_at, processed_images

PartitionChange = dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest


@dataclass(frozen=True)
class Asked:
    """What a sensor asks for in one tick, and where it is then."""

    cursor: str | None
    partitions: Sequence[PartitionChange]
    runs: Sequence[dg.RunRequest]


@dataclass
class SensorTicks:
    """The sensors' cursors by name, and what became of what they asked for.

    The recognition of what ended before this process began is not asked for: the first cursor is
    now. ``given_up``: sensors that look at a state which a run of theirs failed to change. They
    would ask forever. ``ended``: how each run over sources ended.
    """

    instance: dg.DagsterInstance
    cursors: dict[str, str | None] = field(
        default_factory=lambda: {processed_images.name: cursor_at(datetime.now(UTC))}
    )
    given_up: set[str] = field(default_factory=set)
    ended: list[dg.DagsterRunStatus] = field(default_factory=list)

    def until_none_asks(self) -> bool:
        """Tick the sensors in turn, from the first again after each that asked; whether any did."""
        has_asked = False
        while any(self.tick(sensor) for sensor in ticked_sensors()):
            has_asked = True
        return has_asked

    def tick(self, sensor: dg.SensorDefinition) -> bool:
        """Evaluate a sensor and do what it asks for; whether it asked for anything new."""
        if sensor.name in self.given_up:
            return False
        asked = evaluate(sensor, self.instance, self.cursors.get(sensor.name))
        self.cursors[sensor.name] = asked.cursor
        for change in asked.partitions:
            change_partitions(self.instance, change)
        new = [request for request in asked.runs if not has_run(self.instance, request)]
        for request in new:
            self.carry_out(sensor, request)
        return bool(new)

    def carry_out(self, sensor: dg.SensorDefinition, request: dg.RunRequest) -> None:
        """Run what a sensor asks for; a sensor of one job need not name it."""
        named = request.with_replaced_attrs(job_name=request.job_name or sensor.job_name)
        status = run_here(self.instance, named)
        if RANGE_START_TAG in named.tags:
            self.ended.append(status)
        if request.run_key is None and status is not dg.DagsterRunStatus.SUCCESS:
            self.given_up.add(sensor.name)


def ticked_sensors() -> list[dg.SensorDefinition]:
    """The code location's sensors in their order, without those that wait for a run's status."""
    return [
        definitions.defs.resolve_sensor_def(sensor.name)
        for sensor in definitions.defs.sensors or ()
        if not isinstance(sensor, dg.RunStatusSensorDefinition)
    ]


def evaluate(
    sensor: dg.SensorDefinition, instance: dg.DagsterInstance, cursor: str | None
) -> Asked:
    """What a sensor asks for now."""
    known = definitions.defs.resources or {}
    with (
        quiet(),
        dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            definitions=definitions.defs,
            resources={name: known[name] for name in sensor.required_resource_keys},
        ) as context,
    ):
        tick = sensor.evaluate_tick(context)
    return Asked(tick.cursor, tick.dynamic_partitions_requests or (), tick.run_requests or ())


@contextmanager
def quiet() -> Iterator[None]:
    """Without the messages of sensors for Dagster's UI: this terminal is the command's."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def change_partitions(instance: dg.DagsterInstance, change: PartitionChange) -> None:
    """Add or delete the partitions that a sensor names."""
    name = change.partitions_def_name
    if isinstance(change, dg.AddDynamicPartitionsRequest):
        instance.add_dynamic_partitions(name, list(change.partition_keys))
        return
    for key in change.partition_keys:
        instance.delete_dynamic_partition(name, key)


def has_run(instance: dg.DagsterInstance, request: dg.RunRequest) -> bool:
    """Whether a run with the request's key exists, so that nothing runs twice."""
    if request.run_key is None:
        return False
    return instance.get_runs_count(dg.RunsFilter(tags={RUN_KEY_TAG: request.run_key})) > 0
