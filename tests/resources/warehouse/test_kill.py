"""Writers, a compactor and a publisher are killed without warning; nothing acknowledged is lost."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import polars as pl
import pytest

from resources.configuration.media_home import MediaHome
from resources.warehouse.database_file import reading
from resources.warehouse.publication import publish
from tests.support.child_processes import started
from tests.support.row_workers import ROWS_PER_BATCH, TABLE, build, declare

ROOT = Path(__file__).parents[3]
ROUNDS = 2
SECONDS_PER_ROUND = 1.5

Worker = subprocess.Popen[str]


@contextmanager
def workers_of(home: MediaHome, roles: Sequence[str], number: int) -> Iterator[list[Worker]]:
    """A process per role, all at work."""
    script = ROOT / "tests" / "support" / "row_workers.py"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ExitStack() as all_ended:
        yield [
            all_ended.enter_context(
                started(
                    [sys.executable, script, role, home.root, f"{number}{i}"],
                    env={"PYTHONPATH": str(ROOT)},
                    **pipes,
                )
            )
            for i, role in enumerate(roles)
        ]


def first_line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline()


def kill_all(workers: Sequence[subprocess.Popen[str]]) -> list[tuple[list[str], str]]:
    """Kill -9; return what each printed: whole lines, and errors."""
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
    printed = [worker.communicate() for worker in workers]
    return [(out.split("\n")[:-1], err) for out, err in printed]


def batch_sizes(home: MediaHome) -> dict[str, int]:
    rows = declare(home).scan(TABLE).unique(["_seq", "_row"]).collect()
    return dict(rows.group_by("batch").agg(pl.len()).iter_rows())


def snapshot(home: MediaHome) -> list[list[tuple[object, ...]]]:
    tables = ("image.caption", "image_history.caption", "batch_sizes")
    with reading(home.warehouse) as connection:
        return [connection.execute(f"from {name} order by all").fetchall() for name in tables]


def test_killed_at_any_moment_every_acknowledged_batch_is_whole(tmp_path: Path) -> None:
    home = MediaHome(tmp_path)
    home.create()
    declare(home)
    acknowledged: set[str] = set()
    folds: list[str] = []
    for number in range(ROUNDS):
        roles = ["write", "write", "fold", "publish"]
        with workers_of(home, roles, number) as workers:
            heads = [first_line(worker).strip() for worker in workers]
            time.sleep(SECONDS_PER_ROUND)
            printed = kill_all(workers)
        assert [errors for _, errors in printed] == [""] * len(roles)
        for (lines, _), head, role in zip(printed, heads, roles, strict=True):
            if role == "write":
                acknowledged |= {head, *lines}
            if role == "fold":
                folds += lines

        visible = batch_sizes(home)
        assert acknowledged <= visible.keys()
        assert set(visible.values()) == {ROWS_PER_BATCH}
    assert any("folded=0" not in line for line in folds)

    publish(home, declare(home), build)
    incremental = snapshot(home)
    home.warehouse.unlink()
    assert publish(home, declare(home), build).is_full_rebuild
    assert snapshot(home) == incremental
    assert [path.name for path in home.root.glob(".media*")] == []


def test_the_published_file_is_readable_while_it_is_replaced(tmp_path: Path) -> None:
    home = MediaHome(tmp_path)
    home.create()
    publish(home, declare(home), build)
    with workers_of(home, ("write", "read", "publish"), 0) as workers:
        heads = [first_line(worker).strip() for worker in workers]
        time.sleep(SECONDS_PER_ROUND)
        printed = kill_all(workers)

    (_, write_errors), (half_batches, read_errors), (published, publish_errors) = printed
    assert (write_errors, read_errors, publish_errors) == ("", "", "")
    assert {heads[1], *half_batches} == {"0"}
    assert sum(map(int, [heads[2], *published])) > 0


@pytest.mark.parametrize("leftover", [".media.duckdb.0badcafe", ".media.duckdb.0badcafe.wal"])
def test_what_a_killed_publisher_left_is_swept(tmp_path: Path, leftover: str) -> None:
    home = MediaHome(tmp_path)
    home.create()
    (home.root / leftover).write_bytes(b"half a file")

    publish(home, declare(home), build)

    assert not (home.root / leftover).exists()
    assert home.warehouse.exists()
