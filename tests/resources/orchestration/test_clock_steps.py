"""A clock that was set back puts no sensor to sleep."""

import time
from dataclasses import dataclass

import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    SensorInstigatorData,
)

from resources.configuration.settings import Settings
from resources.orchestration.clock_steps import last_tick, wake_sensors
from resources.orchestration.dagster_home import open_dagster

HOUR_S = 3600.0


@dataclass(frozen=True)
class Sensor:
    name: str
    last_tick_s: float | None

    def state(self) -> InstigatorState:
        location = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("media"), "__repository__")
        return InstigatorState(
            RemoteInstigatorOrigin(location, self.name),
            InstigatorType.SENSOR,
            InstigatorStatus.RUNNING,
            SensorInstigatorData(
                last_tick_timestamp=self.last_tick_s,
                last_tick_start_timestamp=self.last_tick_s,
                cursor="kept",
            ),
        )


@pytest.mark.parametrize("step_s", [HOUR_S, 50 * 365 * 24 * HOUR_S], ids=["an hour", "50 years"])
def test_a_sensor_whose_last_tick_lies_in_the_future_is_woken(
    settings: Settings, step_s: float
) -> None:
    now = time.time()
    with open_dagster(settings) as instance:
        for sensor in (
            Sensor("asleep", now + step_s),
            Sensor("awake", now - 60),
            Sensor("new", None),
        ):
            instance.add_instigator_state(sensor.state())

        assert wake_sensors(instance) == ["asleep"]
        assert wake_sensors(instance) == []

        data = {state.name: state.instigator_data for state in instance.all_instigator_state()}
        asleep, awake = data["asleep"], data["awake"]
        assert isinstance(asleep, SensorInstigatorData)
        assert isinstance(awake, SensorInstigatorData)
        assert now <= last_tick(asleep) <= time.time()
        assert asleep.cursor == "kept"
        assert last_tick(awake) == now - 60
