"""media.duckdb as the pages read it: one moment per value, made ready before it is shown."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from resources.warehouse.bytes_of_value import bytes_of
from resources.warehouse.published_file import (
    LEAST_BYTES,
    Memory,
    NotPublished,
    PublishedFile,
    PublishedFiles,
)

MEBIBYTE = 1024**2
NUMBER = "select number from numbers"


def publish(path: Path, number: int, table: str = "numbers") -> None:
    """Put a new file in its place, as a publication does."""
    fresh = path.with_suffix(".new")
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(f"create table {table} as select {number} as number")
    fresh.replace(path)


def number_of(published: PublishedFile) -> int:
    (row,) = published.rows(NUMBER).rows
    return int(row[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A published file that holds the number 1."""
    publish(tmp_path / "media.duckdb", 1)
    return tmp_path / "media.duckdb"


def test_a_new_small_file_is_shown_at_once_and_an_old_value_stays_whole(path: Path) -> None:
    files = PublishedFiles(path, number_only)
    before = files.current()
    publish(path, 2)

    assert number_of(files.current()) == 2
    assert number_of(before) == 1


def test_nobody_waits_for_the_preparation_of_a_large_file(path: Path) -> None:
    may_end = threading.Event()
    files = PublishedFiles(path, lambda file: None if number_of(file) == 1 else waited(may_end))
    assert number_of(files.current()) == 1
    publish(path, 2)

    files.current()
    started = time.monotonic()
    assert [number_of(files.current()) for _ in range(20)] == [1] * 20
    assert time.monotonic() - started < 5

    may_end.set()
    assert files.coming
    files.coming.ready.result(60)
    assert number_of(files.current()) == 2


def waited(event: threading.Event) -> None:
    assert event.wait(60)


def test_files_that_come_quickly_after_each_other_end_with_the_last(path: Path) -> None:
    files = PublishedFiles(path, number_and_pause)
    files.current()
    for number in range(2, 6):
        publish(path, number)
        files.current()
    deadline = time.monotonic() + 60
    while number_of(files.current()) != 5:
        assert time.monotonic() < deadline


def number_only(published: PublishedFile) -> None:
    published.remembered(number_of)


def number_and_pause(published: PublishedFile) -> None:
    published.remembered(number_of)
    time.sleep(0.5)


def test_what_many_ask_for_at_once_is_made_once(path: Path) -> None:
    published = PublishedFiles(path).current()
    made = []

    def slow(file: PublishedFile) -> int:
        made.append(number_of(file))
        time.sleep(0.2)
        return made[0]

    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(lambda _: published.remembered(slow), range(8)))

    assert (answers, made) == ([1] * 8, [1])


def test_what_failed_is_tried_again_by_the_next_who_asks(path: Path) -> None:
    published = PublishedFiles(path).current()
    attempts = iter([False, True])

    def second_time(file: PublishedFile) -> int:
        if not next(attempts):
            raise ValueError("the first time")
        return number_of(file)

    with pytest.raises(ValueError, match="the first time"):
        published.remembered(second_time)
    assert published.remembered(second_time) == 1


def test_tables_of_another_version_fail_where_they_are_asked(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = PublishedFiles(path, number_only)
    files.current()
    publish(path, 2, table="others")
    current = files.current()

    with pytest.raises(duckdb.CatalogException):
        number_of(current)
    assert "not prepared" in caplog.text


def test_a_home_without_tables_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotPublished):
        PublishedFiles(tmp_path / "media.duckdb").current()


def test_results_are_kept_by_their_bytes_and_those_asked_for_last_stay(path: Path) -> None:
    """Otherwise a thousand views of a million pictures would take the machine's memory."""
    published = replace(PublishedFiles(path).current(), memory=Memory(10 * MEBIBYTE))
    made: list[int] = []

    def array(file: PublishedFile, number: int, mebibytes: int) -> Order:
        made.append(number)
        return Order(np.zeros(mebibytes * MEBIBYTE, np.uint8), [f"{number_of(file)}"])

    for number in (0, 1, 0, 2, 0, 3, 0):
        published.remembered(array, number, 4)
    assert made == [0, 1, 2, 3]
    assert published.memory.places.currsize <= 10 * MEBIBYTE
    published.remembered(array, 1, 4)
    assert made == [0, 1, 2, 3, 1]

    for _ in range(2):
        assert published.remembered(array, 9, 11).rows.nbytes == 11 * MEBIBYTE
    assert made[-2:] == [9, 9]
    for number in range(1000):
        published.remembered(array, 1000 + number, 0)
    assert len(published.memory.places) <= 10 * MEBIBYTE // LEAST_BYTES


@dataclass(frozen=True)
class Order:
    """As the grid remembers one: arrays in a dataclass."""

    rows: npt.NDArray[np.uint8]
    names: list[str]


def test_the_bytes_of_a_result_are_those_of_all_that_is_in_it() -> None:
    names = frozenset(f"picture {number:06}" for number in range(1000))
    assert bytes_of(names) > 1000 * len("picture 000000")
    assert bytes_of({"a": (np.zeros(1000), ["x" * 500])}) > 8500
    assert bytes_of(Order(np.zeros(5000, np.uint8), ["x" * 500])) > 5500
