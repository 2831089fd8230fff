"""Ends the service's processes when the service ends, however it ends.

A tiny process beside the service (standard library only) reads from a pipe that the service holds
open, one process group a line. The pipe closes when the service stops, crashes or is killed: then
every group is asked to end, the last started first, and what remains is killed. Groups, because
run workers and decoders are children of the code server, not of the service.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence

GRACE_SECONDS = 3.0
"""Per group, from the request to end to the next group; a run worker records its end in less."""

LOOK_SECONDS = 0.05


def main() -> None:
    """Wait for the pipe to close, then end every group it named."""
    groups = [int(line) for line in sys.stdin]
    end_groups(groups)


def end_groups(groups: Sequence[int]) -> None:
    """End the process groups, last first; none of them is left when this returns."""
    for group in reversed(groups):
        send(group, signal.SIGTERM)
        wait_for_end(group)
    for group in groups:
        send(group, signal.SIGKILL)


def wait_for_end(group: int) -> None:
    """Wait until the group is gone, for GRACE_SECONDS at most."""
    deadline = time.monotonic() + GRACE_SECONDS
    while exists(group) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)


def exists(group: int) -> bool:
    """Whether the group has members (also dead ones that their parent has not noticed yet)."""
    return send(group, 0)


def send(group: int, signal_number: int) -> bool:
    """Signal every process of the group; False when there is none."""
    try:
        os.killpg(group, signal_number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    main()
