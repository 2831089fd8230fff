import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from resources.configuration.settings import Limits
from resources.decoding.decoder_pool import Attempt, DecoderPool, Task
from resources.failure_classes import FailureClass
from resources.outcomes import Outcome
from resources.sources.originals import Source
from tests.support import decoder_tasks
from tests.support.svg_bomb import svg_bomb

PRELOAD = ["tests.support.decoder_tasks"]
LIMITS = Limits(decode_seconds=30, svg_seconds=1, memory_bytes=3 * 1024**3)


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    with DecoderPool(2, LIMITS, preload=PRELOAD) as pool:
        yield pool


def image(name: str = "picture", path: bytes = b"/nowhere") -> Source:
    content = Path(os.fsdecode(path)).read_bytes() if path != b"/nowhere" else b""
    sha256 = hashlib.sha256(content).hexdigest()
    return Source(name, sha256, f"{name}.jpg", path, Path("/nowhere"))


def task(make: Callable[..., object], name: str = "picture", **more: Any) -> Task:
    return Task(make, image(name), {}, **more)


def attempt(pool: DecoderPool, task: Task) -> Attempt:
    (result,) = pool.run([task])
    return result[1]


def test_attempts_come_in_the_order_of_the_tasks(pool: DecoderPool) -> None:
    names = [f"picture-{number}" for number in range(30)]
    results = list(pool.run(task(decoder_tasks.name_of, name) for name in names))
    assert [task.source.source_id for task, _ in results] == names
    assert [attempt.value for _, attempt in results] == names
    assert {attempt.outcome for _, attempt in results} == {Outcome.OK}


def test_inputs_are_handed_over_by_name(pool: DecoderPool) -> None:
    given = Task(decoder_tasks.greeting, image("cat"), {"word": "hello"})
    assert attempt(pool, given).value == "hello, cat"


def test_tasks_are_read_only_as_workers_get_free(pool: DecoderPool) -> None:
    read = []

    def endless() -> Iterator[Task]:
        for number in range(1000):
            read.append(number)
            yield task(decoder_tasks.name_of)

    results = pool.run(endless())
    next(results)
    assert len(read) < 50
    results.close()


def test_the_memory_of_one_picture_is_used_again_for_the_next() -> None:
    """Else the kernel clears each buffer page by page, for every picture anew."""
    size_bytes = 24 * 1024**2
    given = Task(decoder_tasks.page_faults, image(), {"size_bytes": size_bytes})
    with DecoderPool(1, LIMITS, preload=PRELOAD) as pool:
        _, *others = (attempt.value for _, attempt in pool.run([given] * 4))

    pages = size_bytes // os.sysconf("SC_PAGE_SIZE")
    assert all(later < pages // 10 for later in others)


def test_a_picture_that_kills_its_worker_harms_only_itself(pool: DecoderPool) -> None:
    tasks = [task(decoder_tasks.name_of, f"good-{number}") for number in range(10)]
    tasks.insert(5, task(decoder_tasks.die, "bad"))
    outcomes = {task.source.source_id: attempt for task, attempt in pool.run(tasks)}
    bad = outcomes.pop("bad")
    assert (bad.outcome, bad.reason) == (
        Outcome.REJECTED,
        "crashes the decoder, twice (SIGSEGV)",
    )
    assert {attempt.outcome for attempt in outcomes.values()} == {Outcome.OK}


def test_a_picture_is_tried_again_alone_after_its_worker_died(pool: DecoderPool) -> None:
    tried = attempt(pool, task(decoder_tasks.die_once, "cat"))
    assert (tried.outcome, tried.value) == (Outcome.OK, "cat")


def test_a_picture_that_needs_too_much_memory_is_rejected(pool: DecoderPool) -> None:
    tried = attempt(pool, task(decoder_tasks.hog_memory))
    assert tried.outcome is Outcome.REJECTED
    assert tried.reason == "needs more memory to decode than the 3.0 GiB allowed"


def test_a_picture_that_uses_too_much_processor_time_is_rejected(pool: DecoderPool) -> None:
    tasks = [task(decoder_tasks.burn, cpu_seconds=2), task(decoder_tasks.name_of)]
    slow, quick = (attempt for _, attempt in pool.run(tasks))
    assert (slow.outcome, slow.reason) == (
        Outcome.REJECTED,
        "takes more processor time to decode than the 2 s allowed",
    )
    assert quick.outcome is Outcome.OK


@pytest.mark.parametrize(
    "make", [decoder_tasks.sleep, decoder_tasks.sleep_ignoring_termination], ids=["polite", "deaf"]
)
def test_a_picture_that_only_takes_long_has_failed_and_is_not_rejected(
    pool: DecoderPool, make: Callable[..., object]
) -> None:
    """A busy machine is no fault of the picture's: it is tried again."""
    tasks = [task(make, cpu_seconds=0.05), task(decoder_tasks.name_of)]
    slow, quick = (attempt for _, attempt in pool.run(tasks))
    assert (slow.outcome, slow.reason) == (
        Outcome.FAILED,
        "was not decoded within 0.5 s on this machine: it is tried again",
    )
    assert slow.failure_class is FailureClass.TIMEOUT
    assert quick.outcome is Outcome.OK


def test_a_picture_may_take_longer_than_its_limit_of_processor_time(pool: DecoderPool) -> None:
    """As on a machine on which everything takes several times as long."""
    tried = attempt(pool, task(decoder_tasks.nap, "cat", cpu_seconds=0.1))
    assert (tried.outcome, tried.value) == (Outcome.OK, "cat")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_a_decoder_ended_from_outside_says_nothing_of_its_picture(
    pool: DecoderPool, name: str
) -> None:
    """The kernel kills when memory runs out, whatever is decoded just then."""
    killed = Task(decoder_tasks.end_by_signal, image(), {"name": name})
    tried = attempt(pool, killed)
    assert (tried.outcome, tried.reason) == (
        Outcome.FAILED,
        f"the system ended its decoder ({name}): tried again",
    )
    assert tried.failure_class is FailureClass.INTERRUPTED


def test_drawing_svg_has_its_own_limit_that_the_kernel_keeps(
    pool: DecoderPool, tmp_path: Path
) -> None:
    """libvips draws uninterruptibly: this one takes it half a minute, for 2 KB."""
    drawing = tmp_path / "bomb.svg"
    drawing.write_bytes(svg_bomb())
    bomb = Task(decoder_tasks.upright_size, image(path=os.fsencode(drawing)), {})
    tried = attempt(pool, bomb)
    assert (tried.outcome, tried.reason) == (
        Outcome.REJECTED,
        "takes more processor time to decode than the 1 s allowed",
    )


def test_drawing_svg_may_take_longer_than_its_limit_of_processor_time(pool: DecoderPool) -> None:
    """A drawing of 0.15 s was once rejected for good, because others used the cores."""
    tried = attempt(pool, task(decoder_tasks.nap_while_drawing, "cat"))
    assert (tried.outcome, tried.value) == (Outcome.OK, "cat")


def test_warnings_make_an_attempt_degraded(pool: DecoderPool) -> None:
    tried = attempt(pool, task(decoder_tasks.note_twice, "cat"))
    assert (tried.outcome, tried.value) == (Outcome.DEGRADED, "cat")
    assert tried.warnings == ("a comment is too long",)
    assert attempt(pool, task(decoder_tasks.name_of)).warnings == ()


def test_a_remark_that_is_not_about_the_picture_leaves_it_ok(pool: DecoderPool) -> None:
    tried = attempt(pool, task(decoder_tasks.remark_once, "cat"))
    assert (tried.outcome, tried.warnings) == (Outcome.OK, ("a date is none",))


@pytest.mark.parametrize(
    ("make", "outcome", "reason"),
    [
        (decoder_tasks.reject, Outcome.REJECTED, "damaged: half of it [31m is missing"),
        (decoder_tasks.do_not_support, Outcome.UNSUPPORTED, "a film"),
        (decoder_tasks.have_a_bug, Outcome.FAILED, "ZeroDivisionError: division by zero"),
        (
            decoder_tasks.read_file,
            Outcome.FAILED,
            "FileNotFoundError: [Errno 2] No such file or directory: b'/nowhere'",
        ),
    ],
    ids=["rejected", "unsupported", "a bug", "a vanished file"],
)
def test_every_exception_becomes_an_outcome_with_a_printable_reason(
    pool: DecoderPool, make: Callable[..., object], outcome: Outcome, reason: str
) -> None:
    tried = attempt(pool, task(make))
    assert (tried.outcome, tried.reason, tried.value) == (outcome, reason, None)


def test_the_traceback_of_a_bug_is_logged(
    pool: DecoderPool, caplog: pytest.LogCaptureFixture
) -> None:
    attempt(pool, task(decoder_tasks.have_a_bug, "cat"))
    assert "cat failed" in caplog.text
    assert "have_a_bug" in caplog.text


def test_a_result_that_cannot_be_sent_back_is_a_failure(pool: DecoderPool) -> None:
    tried = attempt(pool, task(decoder_tasks.unpicklable))
    assert tried.outcome is Outcome.FAILED
    assert tried.reason
    assert attempt(pool, task(decoder_tasks.name_of)).outcome is Outcome.OK


def test_workers_live_under_the_limits(pool: DecoderPool) -> None:
    found = attempt(pool, task(decoder_tasks.limits)).value
    assert isinstance(found, dict)
    assert found["RLIMIT_AS"] == LIMITS.memory_bytes
    assert found["RLIMIT_CORE"] == 0
    assert 0 < found["RLIMIT_CPU"] < 10 * LIMITS.decode_seconds


def test_memory_is_collected_between_pictures_only(pool: DecoderPool) -> None:
    """Within one it would free a picture while libvips reports a warning, and end the process."""
    assert attempt(pool, task(decoder_tasks.collects_at_any_moment)).value is False


def test_workers_are_replaced_after_some_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.decoding.decoder_pool.PICTURES_PER_WORKER", 5)
    with DecoderPool(1, LIMITS, preload=PRELOAD) as short_lived:
        tasks = [task(decoder_tasks.process_id) for _ in range(10)]
        assert len({attempt.value for _, attempt in short_lived.run(tasks)}) == 2


def test_a_pool_whose_idle_worker_was_killed_works_on() -> None:
    with DecoderPool(1, LIMITS, preload=PRELOAD) as pool:
        worker = attempt(pool, task(decoder_tasks.process_id)).value
        assert isinstance(worker, int)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: not is_running(worker))
        assert attempt(pool, task(decoder_tasks.name_of)).outcome is Outcome.OK


def test_closing_ends_the_workers_and_a_closed_pool_can_start_again() -> None:
    with DecoderPool(1, LIMITS, preload=PRELOAD) as pool:
        first = attempt(pool, task(decoder_tasks.process_id)).value
        pool.close()
        assert isinstance(first, int)
        assert not is_running(first)
        assert attempt(pool, task(decoder_tasks.process_id)).value != first


PROGRAM = """
import os, sys
from pathlib import Path
from resources.decoding.decoder_pool import DecoderPool, Task
from resources.sources.originals import Source
from resources.configuration.settings import Limits
from tests.support import decoder_tasks
from tests.support.svg_bomb import svg_bomb

print("imported", flush=True)

def tasks():
    image = Source("x", "0", "x", b"/nowhere", Path("/nowhere"))
    yield Task(decoder_tasks.process_id, image, {})
    yield Task(decoder_tasks.process_id, image, {})
    yield Task(decoder_tasks.sleep_ignoring_termination, image, {})
    yield Task(decoder_tasks.process_id, image, {})
    for _ in range(20):
        yield Task(decoder_tasks.sleep, image, {})

if __name__ == "__main__":
    with DecoderPool(2, Limits(decode_seconds=600), preload=[decoder_tasks.__name__]) as pool:
        for _, attempt in pool.run(tasks()):
            print(attempt.value, flush=True)
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    root = Path(__file__).parents[3]
    running = subprocess.Popen(
        [sys.executable, script],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )
    yield running
    running.kill()
    running.communicate()


def test_nothing_outlives_a_killed_program(program: subprocess.Popen[str]) -> None:
    """Not even a worker deep in a decoder, nor the fork server and its helper."""
    assert program.stdout
    assert program.stdout.readline() == "imported\n"
    assert int(program.stdout.readline())
    wait_until(lambda: len(descendants(program.pid)) >= 4)
    family = descendants(program.pid)
    program.kill()
    program.wait()
    wait_until(lambda: not any(is_running(process) for process in family))


def test_workers_do_not_run_the_main_module_again(program: subprocess.Popen[str]) -> None:
    """It would cost an import of the command line per worker."""
    assert program.stdout
    lines = [program.stdout.readline() for _ in range(3)]
    assert lines[0] == "imported\n"
    assert all(line.strip().isdigit() for line in lines[1:])


def descendants(process: int) -> set[int]:
    """The process ids below ``process``."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def is_running(process: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "did not happen within 10 s"
        time.sleep(0.02)
