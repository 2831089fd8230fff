"""A run whose process was killed does not stay "started"."""

import subprocess
import sys
from pathlib import Path

import dagster as dg

import definitions
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import instance_config, open_dagster
from resources.orchestration.run_locks import SETTLED_SECONDS
from sensors.dead_runs import dead_runs
from tests.support.child_processes import started
from tests.support.running_service import wait_until

HOLDER = """
import sys, time
from pathlib import Path
from resources.configuration.media_home import MediaHome
from resources.orchestration.run_locks import hold_run_lock
hold_run_lock(MediaHome(Path(sys.argv[1])), sys.argv[2])
print("held", flush=True)
time.sleep(60)
"""


def look(instance: dg.DagsterInstance, settings: Settings) -> str:
    """One tick of the sensor, as the daemon does it."""
    media = definitions.MediaResource(root=str(settings.home))
    with dg.build_sensor_context(instance=instance, resources={"media": media}) as context:
        return str(dead_runs(context).skip_message)


def test_a_run_killed_right_after_its_start_is_ended_within_ten_seconds(
    settings: Settings,
) -> None:
    with open_dagster(settings) as instance:
        run = dg.DagsterRun(job_name="process_images", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        command = [sys.executable, "-c", HOLDER, str(settings.home), run.run_id]
        with started(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == "held\n"
            assert look(instance, settings) == "no run has died"
            process.kill()

        wait_until(lambda: look(instance, settings) == f"ended: {run.run_id}", SETTLED_SECONDS + 5)

        ended = instance.get_run_by_id(run.run_id)
        assert ended is not None
        assert ended.status is dg.DagsterRunStatus.FAILURE
        assert ended.tags["dagster/will_retry"] == "true"


def test_ten_stops_of_the_service_do_not_use_up_a_runs_retries(tmp_path: Path) -> None:
    retries = instance_config(Settings(home=tmp_path))["run_retries"]

    assert isinstance(retries, dict)
    assert retries["max_retries"] == 10
    assert retries["retry_on_asset_or_op_failure"] is False
