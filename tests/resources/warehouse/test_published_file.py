"""media.duckdb as the pages read it: one moment per value, made ready before it is shown."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from resources.warehouse.published_file import (
    BYTES_PER_PICTURE,
    LARGE_RESULTS_BYTES,
    NotPublished,
    PublishedFile,
    PublishedFiles,
    most_large,
)

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


def one_of_many(published: PublishedFile, view: int) -> list[int]:
    del published
    return [view]


def test_large_results_are_kept_as_far_as_the_memory_allows(path: Path) -> None:
    """Anybody who looks may ask for as many views as there are combinations of filters."""
    million = path.with_suffix(".new")
    with duckdb.connect(str(million)) as connection:
        connection.execute("create table images as select 1 as number from range(2_000_000)")
    million.replace(path)
    published = PublishedFiles(path).current()
    made = [published.remembered_large(one_of_many, view) for view in range(50)]
    kept = [
        view
        for view in reversed(range(50))
        if any(one is published.remembered_large(one_of_many, view) for one in made)
    ]

    assert kept == list(reversed(range(46, 50)))


@pytest.mark.parametrize("pictures", [0, 1, 1000, 100_000, 1_000_000])
def test_large_results_fit_their_bound(pictures: int) -> None:
    assert 4 <= most_large(pictures) <= 256
    assert most_large(pictures) * pictures * BYTES_PER_PICTURE <= LARGE_RESULTS_BYTES


def test_a_small_home_keeps_all_large_results(path: Path) -> None:
    published = PublishedFiles(path).current()
    made = [published.remembered_large(one_of_many, view) for view in range(50)]

    assert all(published.remembered_large(one_of_many, n) is one for n, one in enumerate(made))
