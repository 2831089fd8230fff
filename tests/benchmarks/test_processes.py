"""No process of a measured program escapes the count, and none is left behind."""

import sys
from subprocess import CalledProcessError

import psutil
import pytest

from benchmarks.processes import cost_of_command

BUSY = "import time\nwhile time.process_time() < 0.5: pass\n"
LEAVES_ONE = f"""
import subprocess, sys, time
import psutil
left = subprocess.Popen([sys.executable, "-c", {BUSY + "time.sleep(60)"!r}])
print(left.pid, flush=True)
while sum(psutil.Process(left.pid).cpu_times()[:2]) < 0.4:
    time.sleep(0.05)
"""


def test_what_a_program_leaves_running_is_counted_and_then_ended() -> None:
    """Pixeltable leaves its database running, which does most of the writing."""
    cost = cost_of_command([sys.executable, "-c", LEAVES_ONE])
    assert cost.cpu_seconds >= 0.4
    assert int(cost.output) not in psutil.pids()


def test_a_process_that_has_ended_is_counted() -> None:
    assert cost_of_command([sys.executable, "-c", BUSY]).cpu_seconds >= 0.4


def test_a_program_that_fails_is_no_measurement() -> None:
    with pytest.raises(CalledProcessError):
        cost_of_command([sys.executable, "-c", "raise SystemExit(3)"])
