"""Packed events come back as they were, in a fifth of the space, to whoever reads the column.

The column is one of Dagster's internals: when these tests fail after an upgrade of Dagster, look at
``SqlEventLogStorageTable`` of the new version.
"""

import hashlib
import zlib
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable

from resources.orchestration.event_storage import BatchingSqliteEventLogStorage
from resources.orchestration.packed_events import DICTIONARY, LETTERS, MARK, EventText, pack, unpack
from tests.support.dagster_samples import event, planned_and_materialized

FIRST_FORMAT = "affcbc97aa076170b3862e479a23d7d54e03a2b7e059b66bd112fc12ff679b42"
STORED = "76312023d41e40b8a0c850a91600"


@pytest.mark.parametrize(
    "text",
    ["", "{}", "é \U0001f600 \x00", DICTIONARY.decode(), "x" * 100_000],
    ids=["empty", "short", "any_letter", "the_dictionary", "long"],
)
def test_text_comes_back_as_it_was(text: str) -> None:
    assert unpack(pack(text)) == text


def test_what_was_packed_once_can_be_read_for_ever() -> None:
    """The dictionary is part of the format: change it and every stored event is lost."""
    assert hashlib.sha256(DICTIONARY).hexdigest() == FIRST_FORMAT
    assert unpack(bytes.fromhex(STORED)) == '{"__class__": "EventLogEntry", "run_id": "r1"}'


def test_an_event_takes_a_fifth_of_its_space(tmp_path: Path) -> None:
    storage = SqliteEventLogStorage(str(tmp_path))
    for batch in planned_and_materialized(50):
        rows = [storage._event_to_row(one)["event"] for one in batch]
        assert sum(len(pack(row)) for row in rows) < sum(map(len, rows)) / 5


@pytest.mark.parametrize(
    "damaged", [MARK, MARK + b"damaged", pack("x" * 100)[:-3]], ids=["nothing", "other", "cut"]
)
def test_damage_is_no_empty_event(damaged: bytes) -> None:
    with pytest.raises(zlib.error):
        unpack(damaged)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
@pytest.mark.parametrize("text", ['{"a": 1}', "", "djIg"], ids=["json", "empty", "like_packed"])
def test_each_database_gives_back_plain_and_packed_text(name: str, text: str) -> None:
    dialect = sqlalchemy.make_url(f"{name}://").get_dialect()()
    for value in (text, pack(text)):
        bound = EventText().process_bind_param(value, dialect)
        assert isinstance(bound, bytes if name == "sqlite" and value != text else str)
        assert EventText().process_result_value(bound, dialect) == text


def test_null_stays_null() -> None:
    dialect = sqlalchemy.make_url("sqlite://").get_dialect()()
    assert EventText().process_bind_param(None, dialect) is None
    assert EventText().process_result_value(None, dialect) is None


def test_letters_of_packed_text_are_whole() -> None:
    """Three bytes are four letters: else what follows would change the last of them."""
    assert len(MARK) % 3 == 0
    assert not LETTERS.startswith("{")


def test_stock_dagster_reads_packed_events_from_a_column_that_holds_bytes(tmp_path: Path) -> None:
    storage = BatchingSqliteEventLogStorage(str(tmp_path))
    storage.store_event_batch([event("materialized", image=f"i{n}", at=n) for n in range(3)])
    with storage.index_connection() as connection:
        kinds = connection.execute(sqlalchemy.text("select distinct typeof(event) from event_logs"))
        assert kinds.scalars().all() == ["blob"]
    storage.dispose()

    stock = SqliteEventLogStorage(str(tmp_path))
    found = stock.fetch_materializations(dg.AssetKey(["image", "thumb"]), limit=10).records

    assert isinstance(SqlEventLogStorageTable.c.event.type, EventText)
    assert [record.partition_key for record in found] == ["i2", "i1", "i0"]
