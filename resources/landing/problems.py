"""What needs a person, and when a file that could not be read is tried again. Pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from resources.landing.actions import BackOff, KeepProblem, ProblemAction, ReportProblem, TooLarge
from resources.landing.records import FilePlace, FileProblem

FIRST_RETRY_S = 5.0
LAST_RETRY_S = 600.0
"""A file that cannot be read is tried again after 5 s, 10 s, 20 s, ... at most 10 minutes."""


def is_backed_off(problem: FileProblem, now_s: float) -> bool:
    """Whether the time for another try has not come; a clock that stepped back makes it come."""
    return 0 < problem.retry_at_s - now_s <= LAST_RETRY_S


def next_problems(
    earlier: Mapping[FilePlace, FileProblem], actions: Iterable[ProblemAction]
) -> dict[FilePlace, FileProblem]:
    """The problems after a look, from those before it; what no action names is over."""
    now: dict[FilePlace, FileProblem] = {}
    for action in actions:
        place = place_of(action)
        before = earlier.get(place)
        if not isinstance(action, KeepProblem):
            now[place] = _noted(before, action)
        elif before is not None:
            now[place] = before
    return now


def place_of(action: ProblemAction) -> FilePlace:
    """What the problem is with."""
    named = action.entry if isinstance(action, BackOff | KeepProblem) else action
    return named.root, named.path


def _noted(before: FileProblem | None, action: ReportProblem | TooLarge | BackOff) -> FileProblem:
    """The problem as it is now; the same reason again is the same problem."""
    reason = action.reason
    problem = before if before is not None and before.reason == reason else FileProblem(reason)
    if not isinstance(action, BackOff):
        return problem
    wait_s = min(FIRST_RETRY_S * 2**problem.attempts, LAST_RETRY_S)
    return replace(problem, attempts=problem.attempts + 1, retry_at_s=action.at_s + wait_s)
