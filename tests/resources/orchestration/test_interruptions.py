"""An interrupted run is known as interrupted: Dagster starts only such runs again."""

import os
import signal
import time
from collections.abc import Callable

import dagster as dg
import pytest
from dagster._core.errors import raise_execution_interrupts

from resources.orchestration.interruptions import interruptions_kept


def be_interrupted() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)


def translate() -> None:
    """As a library does whose clean-up is cut short."""
    try:
        be_interrupted()
    except BaseException as error:
        raise OSError("the pool is broken") from error


def swallow() -> None:
    """As Python does with what is raised in ``__del__``."""
    try:
        be_interrupted()
    except dg.DagsterExecutionInterruptedError:
        return


@pytest.mark.parametrize("library", [be_interrupted, translate, swallow])
def test_an_interruption_stays_one(library: Callable[[], None]) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with (
        raise_execution_interrupts(),
        pytest.raises(dg.DagsterExecutionInterruptedError),
        interruptions_kept(),
    ):
        library()
    signal.signal(signal.SIGTERM, handler)


def test_an_error_without_interruption_stays_what_it_is() -> None:
    with raise_execution_interrupts(), pytest.raises(OSError, match="disk"), interruptions_kept():
        raise OSError("disk")


def test_nothing_happens_when_nobody_interrupts() -> None:
    with raise_execution_interrupts():
        handler = signal.getsignal(signal.SIGTERM)
        with interruptions_kept():
            pass
        assert signal.getsignal(signal.SIGTERM) is handler
