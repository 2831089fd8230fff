"""The index holds what media.duckdb holds, whatever happened to it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from media_assets.search.ranking import index_search
from media_assets.search.ranking.index_search import IndexSearch
from media_assets.search.ranking.index_tables import IndexTable, kind_of
from media_assets.search.ranking.search_index import (
    IndexedTable,
    IndexRecord,
    needs_refresh,
    read_record,
    report_damage,
    write_record,
)
from media_assets.search.ranking.table_search import open_tables
from media_assets.search.ranking.vector_store import refresh_index
from resources.configuration.media_home import MediaHome
from resources.search.lance_table import LanceTable
from tests.support.search_tables import documents, new_home, publish

ROOT = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path) -> MediaHome:
    return new_home(tmp_path / "home")


def table(home: MediaHome, name: str = "documents") -> IndexTable:
    return kind_of(name)(home.search_index, read_record(home).tables[name].lance_table)


def held(home: MediaHome, name: str = "documents") -> list[str]:
    """The image ids in a table, as often as they are in it."""
    return sorted(table(home, name).versions()["source_id"])


def found(home: MediaHome, word: str) -> list[str]:
    with open_tables(home, None) as tables:
        search = IndexSearch(home, tables, None)
        hits = search.by_words(word, 10)
        assert search.substituted == []
    return [hit.source_id for hit in hits]


def test_the_index_holds_every_image_once(home: MediaHome) -> None:
    publish(home, documents(50))
    assert needs_refresh(home)
    done = refresh_index(home)
    assert (done.tables[0].recorded.row_count, done.tables[0].changes.new_count) == (50, 50)
    assert held(home) == sorted(documents(50))
    assert found(home, "number17") == ["image-00017"]
    assert not needs_refresh(home)


def test_only_what_changed_is_written(home: MediaHome) -> None:
    publish(home, documents(50))
    refresh_index(home)
    before = table(home).path
    changed = {**documents(50), "image-00003": "a lighthouse", "image-00099": "new"}
    del changed["image-00007"]
    publish(home, changed)
    (done,) = refresh_index(home).tables
    assert set(done.changes.written) == {("image-00003", 0), ("image-00099", 0)}
    assert (done.changes.new_count, list(done.changes.gone)) == (1, [("image-00007", 0)])
    assert table(home).path == before
    assert found(home, "lighthouse") == ["image-00003"]
    assert found(home, "number7") == []
    assert held(home) == sorted(changed)


def test_a_publication_that_changes_no_document_asks_for_nothing(home: MediaHome) -> None:
    publish(home, documents(5))
    refresh_index(home)
    publish(home, documents(5))
    assert not needs_refresh(home)


def empty_the_file(path: Path) -> None:
    (path / "words.sqlite").write_bytes(b"")


def fill_the_file_with_zeros(path: Path) -> None:
    """As a power cut leaves a file whose length was written and whose blocks were not."""
    file = path / "words.sqlite"
    file.write_bytes(bytes(file.stat().st_size))


def truncate_the_file(path: Path) -> None:
    os.truncate(path / "words.sqlite", (path / "words.sqlite").stat().st_size // 2)


def remove_table(path: Path) -> None:
    shutil.rmtree(path)


def put_another_folder_there(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()
    (path / "notes.txt").write_text("not a table")


def put_another_database_there(path: Path) -> None:
    (path / "words.sqlite").unlink()
    with sqlite3.connect(path / "words.sqlite") as connection:
        connection.execute("create table prices (price integer)")
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        empty_the_file,
        fill_the_file_with_zeros,
        truncate_the_file,
        remove_table,
        put_another_folder_there,
        put_another_database_there,
    ],
)
def test_a_damaged_table_of_words_is_healed_at_the_next_use(
    home: MediaHome, damage: Callable[[Path], None]
) -> None:
    """Until then searches are answered by the tables, and the damage is noted."""
    publish(home, documents(20))
    refresh_index(home)
    damage(path_of(home))
    with open_tables(home, None) as tables:
        search = IndexSearch(home, tables, None)
        assert [hit.source_id for hit in search.by_words("number17", 5)] == ["image-00017"]
        assert search.substituted == ["documents"]
    assert needs_refresh(home)
    (done,) = refresh_index(home).tables
    assert done.healed
    assert found(home, "number17") == ["image-00017"]
    assert not needs_refresh(home)


def path_of(home: MediaHome) -> Path:
    return home.search_index / f"{read_record(home).tables['documents'].lance_table}.words"


def test_a_damage_that_only_searches_meet_is_healed_too(home: MediaHome) -> None:
    """What says where the words stand is read by searches alone."""
    publish(home, documents(20))
    refresh_index(home)
    with sqlite3.connect(path_of(home) / "words.sqlite") as connection:
        connection.execute("delete from texts_data where id > 10")
    connection.close()
    with open_tables(home, None) as tables:
        search = IndexSearch(home, tables, None)
        assert [hit.source_id for hit in search.by_words("number17", 5)] == ["image-00017"]
        assert search.substituted == ["documents"]
    assert refresh_index(home).tables[0].healed
    assert found(home, "number17") == ["image-00017"]


def test_words_are_not_searched_where_neither_index_nor_tables_can(
    home: MediaHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To take a million documents apart for one question would take minutes."""
    monkeypatch.setattr(index_search, "MOST_IN_MEMORY", 10)
    publish(home, documents(20))
    with open_tables(home, None) as tables:
        search = IndexSearch(home, tables, None)
        assert search.by_words("number17", 5) == []
        assert search.unanswered == {"documents"}


def zero_newest_manifest(path: Path) -> None:
    manifests = sorted((path / "_versions").glob("*.manifest"))
    manifests[0].write_bytes(b"")


def fill_newest_manifest_with_zeros(path: Path) -> None:
    newest = sorted((path / "_versions").glob("*.manifest"))[0]
    newest.write_bytes(bytes(newest.stat().st_size))


def truncate_data(path: Path) -> None:
    file = max((path / "data").iterdir(), key=lambda one: one.stat().st_size)
    os.truncate(file, file.stat().st_size // 2)


def put_another_table_there(path: Path) -> None:
    import lancedb

    shutil.rmtree(path)
    lancedb.connect(str(path.parent)).create_table(path.stem, [{"image_id": "x", "price": 3}])


@pytest.mark.parametrize(
    "damage",
    [
        zero_newest_manifest,
        fill_newest_manifest_with_zeros,
        truncate_data,
        remove_table,
        put_another_folder_there,
        put_another_table_there,
    ],
)
def test_a_damaged_table_of_vectors_is_healed_at_the_next_use(
    home: MediaHome, damage: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_search, "VECTOR_INDEX_FROM_ROWS", 1)
    publish(home, *spread_vectors(20))
    refresh_index(home)
    damage(table(home, "embedding_s").path)
    with open_tables(home, None) as tables:
        search = IndexSearch(home, tables, None)
        serving = read_record(home).serving["embedding"]
        hits = search.nearest("embedding", serving, [1.0, 17.0], 1)
        assert [hit.source_id for hit in hits] == ["image-00017"]
        assert search.substituted == ["embedding_s"]
    assert needs_refresh(home)
    assert refresh_index(home).tables[1].healed
    assert nearest(home, [1.0, 17.0])[0] == "image-00017"
    assert not needs_refresh(home)


def spread_vectors(count: int) -> tuple[dict[str, str], list[tuple[str, str, list[float]]]]:
    """Documents, and a vector for each in another direction."""
    texts = documents(count)
    return texts, [(one, "s", [1.0, float(number)]) for number, one in enumerate(texts)]


@pytest.mark.parametrize("allowed", [None, 40, 2500], ids=["all", "some", "more_than_a_filter"])
def test_tables_and_index_find_the_same_vectors_in_the_same_order(
    home: MediaHome, allowed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below VECTOR_INDEX_FROM_ROWS the tables answer, to spare the import of LanceDB."""
    generator = np.random.default_rng(7)
    texts = documents(3000)
    vectors = [(one, "s", generator.normal(size=16).tolist()) for one in texts]
    publish(home, texts, vectors)
    refresh_index(home)
    only = None if allowed is None else frozenset(sorted(texts)[:allowed])
    serving = read_record(home).serving["embedding"]
    asked = [generator.normal(size=16).tolist() for _ in range(5)]
    answers = []
    for least in (1, 50_000):
        monkeypatch.setattr(index_search, "VECTOR_INDEX_FROM_ROWS", least)
        with open_tables(home, only) as tables:
            search = IndexSearch(home, tables, only)
            answers.append([search.nearest("embedding", serving, one, 100) for one in asked])
            assert search.substituted == []
    by_index, by_tables = answers
    for first, second in zip(by_index, by_tables, strict=True):
        assert [hit.source_id for hit in first] == [hit.source_id for hit in second]
        assert [hit.score for hit in first] == pytest.approx(
            [hit.score for hit in second], abs=1e-6
        )


def test_only_the_newest_damaged_table_is_kept(home: MediaHome) -> None:
    publish(home, documents(5))
    for _ in range(2):
        refresh_index(home)
        report_damage(home, read_record(home).tables["documents"].lance_table, OSError("seen"))
        refresh_index(home)
    assert len(list((home.search_index / "set_aside").iterdir())) == 1
    assert len(list(home.search_index.glob("*.words"))) == 1


@pytest.mark.parametrize("content", ["", "{", '{"format": "0"}', "[]"])
def test_an_unusable_record_costs_a_rebuild(home: MediaHome, content: str) -> None:
    publish(home, documents(5))
    refresh_index(home)
    record = home.search_index / "current.json"
    record.unlink()
    record.write_text(content)
    assert needs_refresh(home)
    refresh_index(home)
    assert held(home) == sorted(documents(5))
    assert len(list(home.search_index.glob("*.words"))) == 1


def start_refresh(home: MediaHome) -> "subprocess.Popen[bytes]":
    code = (
        "import sys; from pathlib import Path\n"
        "from resources.configuration.media_home import MediaHome\n"
        "from media_assets.search.ranking.vector_store import refresh_index\n"
        "refresh_index(MediaHome(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(home.root)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def test_concurrent_refreshes_never_write_an_image_twice(home: MediaHome) -> None:
    publish(home, documents(100))
    refresh_index(home)
    publish(home, documents(140))
    processes = [start_refresh(home) for _ in range(3)]
    try:
        assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert held(home) == sorted(documents(140))


def test_killed_while_writing_the_index_heals(home: MediaHome) -> None:
    """Killed at three moments of an update that takes a while; nothing is lost, nothing twice."""
    publish(home, documents(200))
    refresh_index(home)
    for count in (3000, 4000, 5000):  # made anew, then updated
        publish(home, documents(count))
        process = start_refresh(home)
        try:
            wait_for_a_change(home.search_index, process)
            os.kill(process.pid, signal.SIGKILL)
        finally:
            process.kill()
            process.communicate()
        with open_tables(home, None) as tables:
            hits = IndexSearch(home, tables, None).by_words("number17", 5)
            assert [hit.source_id for hit in hits] == ["image-00017"]
    refresh_index(home)
    assert held(home) == sorted(documents(5000))
    assert found(home, "number4999") == ["image-04999"]


def wait_for_a_change(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Return as soon as the process has written anything below ``folder``."""
    before = set(folder.rglob("*"))
    while process.poll() is None and set(folder.rglob("*")) == before:
        pass


def test_search_never_goes_empty_while_another_model_fills_its_space(home: MediaHome) -> None:
    """The old space serves, complete, until the new one is as full; then it is removed."""
    texts = documents(4)
    old = [(image_id, "old-space", [1.0, float(n)]) for n, image_id in enumerate(texts)]
    publish(home, texts, old)
    refresh_index(home)
    new = [(image_id, "new-space", [1.0, 2.0, float(n)]) for n, image_id in enumerate(texts)]
    for count in range(1, 4):
        publish(home, texts, old + new[:count])
        done = refresh_index(home)
        assert [one.healed for one in done.tables] == [None] * 3
        assert done.record.serving["embedding"].space == "old-space"
        assert held(home, "embedding_old-space") == sorted(texts)
        assert held(home, "embedding_new-space") == sorted(texts)[:count]
        assert nearest(home, [1.0, 3.0]) == ["image-00003", "image-00002"]
    publish(home, texts, old + new)
    assert refresh_index(home).record.serving["embedding"].space == "new-space"
    assert set(read_record(home).tables) == {"documents", "embedding_new-space"}
    assert nearest(home, [1.0, 2.0, 0.0]) == ["image-00000", "image-00001"]


def nearest(home: MediaHome, vector: list[float]) -> list[str]:
    with open_tables(home, None) as tables:
        search = IndexSearch(home, tables, None)
        serving = read_record(home).serving["embedding"]
        hits = search.nearest("embedding", serving, vector, 2)
        assert search.substituted == []
    return [hit.source_id for hit in hits]


def parts_of_one(home: MediaHome, *more: tuple[int, str]) -> None:
    """Let the table of vectors hold parts of one image beside the whole."""
    found = table(home, "embedding_s")
    assert isinstance(found, LanceTable)
    fresh = found._table
    (whole,) = fresh.search().where("source_id = 'image-00000'").to_list()
    fresh.add([{**whole, "part": part, "version": version} for part, version in more])


def test_two_parts_of_one_source_are_no_damage(home: MediaHome) -> None:
    """Until an asset has parts they are only rows too many, which are removed."""
    publish(home, documents(9), [(one, "s", [1.0, float(n)]) for n, one in enumerate(documents(9))])
    refresh_index(home)
    parts_of_one(home, (1, "x"), (2, "x"))
    assert len(table(home, "embedding_s").versions()) == 11
    _, done = refresh_index(home).tables
    assert (done.healed, done.is_rebuilt) == (None, False)
    assert list(done.changes.gone) == [("image-00000", 1), ("image-00000", 2)]
    assert held(home, "embedding_s") == sorted(documents(9))


def test_the_same_part_twice_is_damage(home: MediaHome) -> None:
    publish(home, documents(9), [(one, "s", [1.0, float(n)]) for n, one in enumerate(documents(9))])
    refresh_index(home)
    parts_of_one(home, (0, "x"))
    _, done = refresh_index(home).tables
    assert "twice" in str(done.healed)
    assert held(home, "embedding_s") == sorted(documents(9))


def test_an_index_of_an_older_format_is_made_anew_by_itself(home: MediaHome) -> None:
    """Format 1 knew no parts: its tables are keyed by image_id alone."""
    import lancedb

    publish(home, documents(5))
    lancedb.connect(str(home.search_index)).create_table(
        "documents-0123abcd", [{"image_id": "image-00000", "version": "1", "document": "text"}]
    )
    written = IndexedTable(
        lance_table="documents-0123abcd", row_count=1, written_at=datetime.now(UTC)
    )
    write_record(home, IndexRecord(format="1", tables={"documents": written}))
    assert needs_refresh(home)
    (done,) = refresh_index(home).tables
    assert (done.is_rebuilt, done.healed) == (True, None)
    assert held(home) == sorted(documents(5))
    assert list(home.search_index.glob("*.lance")) == []


def test_what_is_no_longer_among_the_images_leaves_the_index(home: MediaHome) -> None:
    """A child that its parent names no more keeps its rows; it is not found."""
    texts = documents(4)
    vectors = [(image_id, "s", [1.0, float(n)]) for n, image_id in enumerate(texts)]
    publish(home, texts, vectors)
    refresh_index(home)
    left = sorted(texts)[:3]
    publish(home, {image_id: texts[image_id] for image_id in left}, vectors, images=left)
    assert needs_refresh(home)
    with open_tables(home, None) as tables:
        assert "image-00003" not in [
            hit.source_id for hit in tables.nearest("embedding", "s", [1.0, 3.0], 9)
        ]
    refresh_index(home)
    assert held(home) == left
    assert held(home, "embedding_s") == left


def test_a_space_is_full_when_it_has_all_of_the_images(home: MediaHome) -> None:
    """Vectors of superseded children in the old space do not keep the new one from serving."""
    texts = documents(3)
    left = sorted(texts)[:2]
    old = [(image_id, "old", [1.0, 0.0]) for image_id in texts]
    publish(home, texts, [*old, *((image_id, "new", [1.0]) for image_id in left)], images=left)
    assert refresh_index(home).record.serving["embedding"].space == "new"


def test_a_vector_made_again_replaces_the_older_one(home: MediaHome) -> None:
    publish(home, documents(2), [("image-00000", "s", [1.0, 0.0]), ("image-00001", "s", [0.5, 1])])
    refresh_index(home)
    publish(
        home,
        documents(2),
        [
            ("image-00000", "s", [1.0, 0]),
            ("image-00001", "s", [0.5, 1]),
            ("image-00000", "s", [0, 1]),
        ],
    )
    done = refresh_index(home)
    assert [(one.healed, one.is_rebuilt) for one in done.tables] == [(None, False)] * 2
    assert held(home, "embedding_s") == ["image-00000", "image-00001"]
    assert nearest(home, [0.0, 1.0]) == ["image-00000", "image-00001"]


def test_the_words_of_an_older_analysis_are_taken_apart_again(home: MediaHome) -> None:
    """Format 2 kept words in LanceDB, without vowel signs and with English stop words left out."""
    import lancedb

    publish(home, {"a": "The Who"})
    lancedb.connect(str(home.search_index)).create_table(
        "documents-0123abcd",
        [{"source_id": "a", "part": 0, "version": "1", "document": "The Who"}],
    )
    written = IndexedTable(
        lance_table="documents-0123abcd", row_count=1, written_at=datetime.now(UTC)
    )
    write_record(home, IndexRecord(format="2", tables={"documents": written}))
    assert needs_refresh(home)
    refresh_index(home)
    assert found(home, "the") == ["a"]
    assert list(home.search_index.glob("*.lance")) == []


@pytest.mark.parametrize("allowed", [1, 5, 2500], ids=["one", "some", "more_than_a_filter_takes"])
def test_results_are_among_the_allowed_images(home: MediaHome, allowed: int) -> None:
    texts = dict.fromkeys(documents(3000), "the same words")
    publish(home, texts)
    refresh_index(home)
    only = sorted(texts)[-allowed:]
    with open_tables(home, only) as tables:
        search = IndexSearch(home, tables, frozenset(only))
        hits = search.by_words("words", 20)
        assert search.substituted == []
    assert len(hits) == min(allowed, 20)
    assert {hit.source_id for hit in hits} <= set(only)


def test_search_answers_all_the_while_the_index_is_replaced(home: MediaHome) -> None:
    """Each round replaces the table; searches in between, from another process's view, find all."""
    publish(home, documents(30))
    refresh_index(home)
    process = start_replacing(home, rounds=6)
    try:
        answers = []
        while process.poll() is None:
            with open_tables(home, None) as tables:
                hits = IndexSearch(home, tables, None).by_words("number17", 5)
            answers.append([hit.source_id for hit in hits])
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
    assert len(answers) > 6
    assert answers == [["image-00017"]] * len(answers)


def start_replacing(home: MediaHome, *, rounds: int) -> "subprocess.Popen[bytes]":
    """A process that has the table made anew again and again, as after damage."""
    code = (
        "import sys; from pathlib import Path\n"
        "from resources.configuration.media_home import MediaHome\n"
        "from media_assets.search.ranking.search_index import read_record, report_damage\n"
        "from media_assets.search.ranking.vector_store import refresh_index\n"
        "home = MediaHome(Path(sys.argv[1]))\n"
        f"for _ in range({rounds}):\n"
        "    report_damage(home, read_record(home).tables['documents'].lance_table, OSError())\n"
        "    assert refresh_index(home).tables[0].healed\n"
    )
    command = [sys.executable, "-c", code, str(home.root)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
