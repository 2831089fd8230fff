"""What needs a person, from one look to the next."""

from resources.landing.actions import BackOff, KeepProblem, ReportProblem
from resources.landing.problems import LAST_RETRY_S, is_backed_off, next_problems
from resources.landing.records import FileKind, FileProblem, Pending
from resources.landing.scan import Signature

ENTRY = Pending("in", b"a.jpg", Signature(1, 1, 1, 1), 0.0, "job", FileKind.FOLDER)
PLACE = ("in", b"a.jpg")


def test_a_file_that_stays_unreadable_is_tried_ever_later_up_to_ten_minutes() -> None:
    problems: dict[tuple[str, bytes], FileProblem] = {}
    waits = []
    for _ in range(9):
        problems = next_problems(problems, [BackOff(ENTRY, "cannot be read", 100.0)])
        waits.append(problems[PLACE].retry_at_s - 100.0)

    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert problems[PLACE].attempts == 9


def test_another_reason_begins_anew_and_no_reason_is_the_end() -> None:
    before = {PLACE: FileProblem("cannot be read", 7, 500.0)}

    other = next_problems(before, [BackOff(ENTRY, "is locked", 100.0)])

    assert other == {PLACE: FileProblem("is locked", 1, 105.0)}
    assert next_problems(before, []) == {}


def test_a_problem_that_is_kept_or_told_again_keeps_its_tries() -> None:
    before = {PLACE: FileProblem("cannot be read", 7, 500.0)}

    assert next_problems(before, [KeepProblem(ENTRY)]) == before
    assert next_problems(before, [ReportProblem("in", b"a.jpg", "cannot be read")]) == before
    assert next_problems({}, [KeepProblem(ENTRY)]) == {}


def test_a_wait_longer_than_the_longest_was_measured_by_another_clock() -> None:
    assert is_backed_off(FileProblem("", 1, 10.0), 5.0)
    assert not is_backed_off(FileProblem("", 1, 10.0), 10.0)
    assert not is_backed_off(FileProblem("", 1, LAST_RETRY_S + 11.0), 10.0)
