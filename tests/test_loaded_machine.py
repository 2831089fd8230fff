"""The short form of ``tests.torture.loaded_machine``, on one core: other tests have the others."""

import os
from pathlib import Path

import pytest

from tests.torture.loaded_machine import busy_processes, finish_a_drop

MINUTES = 15


@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 60 + 60)
def test_beside_busy_processes_a_drop_is_finished_and_no_run_fails(tmp_path: Path) -> None:
    """Dagster gave up a run whose process began later than 60 s after it was asked to."""
    core = max(os.sched_getaffinity(0))
    with busy_processes(12, core):
        line = finish_a_drop(tmp_path, count=6, seconds=MINUTES * 60)

    assert line.startswith("All 6 images are ready: 6 ok.")
