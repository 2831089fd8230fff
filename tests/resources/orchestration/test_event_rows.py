"""The rows of a batch are Dagster's own, byte by byte.

They are made with Dagster's internals: when these tests fail after an upgrade of Dagster, read
``SqlEventLogStorage._event_to_row`` and the classes of ``dagster._core.events`` of the new version.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.partitions.utils import MultiPartitionKey
from dagster._core.events import AssetMaterializationPlannedData, StepMaterializationData
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage

from resources.orchestration.event_rows import event_rows, packed
from resources.orchestration.packed_events import unpack
from tests.support.dagster_samples import batches, event, planned_and_materialized

THUMB, LABEL = dg.AssetKey(["image", "thumb"]), dg.AssetKey("label")
HOSTILE = 'a "quoted" \\ \u202e\n é \U0001f600 <b>'
METADATA = {
    "text": HOSTILE,
    "none": None,
    "float": 0.1,
    "int": 2**60,
    "bool": True,
    "picture": dg.MetadataValue.md("![](data:image/jpeg;base64,AAAA)"),
    "json": {"b": [1, None], "a": {}},
    "path": dg.MetadataValue.path("/a"),
    "asset": dg.MetadataValue.asset(THUMB),
    "time": dg.MetadataValue.timestamp(1.5),
}


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[SqliteEventLogStorage]:
    opened = SqliteEventLogStorage(str(tmp_path / "stock"))
    yield opened
    opened.dispose()


def with_data(
    entry: EventLogEntry, data: StepMaterializationData | AssetMaterializationPlannedData
) -> EventLogEntry:
    event = entry.get_dagster_event()._replace(event_specific_data=data)
    return entry._replace(dagster_event=event)


def materializations() -> list[EventLogEntry]:
    """Every combination of what may differ between two materializations."""
    choices = itertools.product(
        [THUMB, LABEL],
        [None, "", "i1", HOSTILE, MultiPartitionKey({"a": "x", "b": "y"})],
        [{}, {"outcome": "ok"}, {"outcome": HOSTILE}, METADATA],
        [None, {}, {"dagster/data_version": "v1", "media/outcome": "degraded"}],
        [None, HOSTILE],
    )
    return [
        with_data(
            event("materialized", at=at / 7),
            StepMaterializationData(dg.AssetMaterialization(key, about, metadata, source, tags)),
        )
        for at, (key, source, metadata, tags, about) in enumerate(choices)
    ]


def planned() -> list[EventLogEntry]:
    """Planned events of one source, of none and of a set of them."""
    subset = dg.StaticPartitionsDefinition(["a", "b"]).subset_with_partition_keys(["a"])
    told = [
        AssetMaterializationPlannedData(key, *choice)
        for choice in [("i1",), (HOSTILE,), (None,), (None, subset), ("i2",)]
        for key in [THUMB, LABEL]
    ]
    return [with_data(event("planned", at=at), data) for at, data in enumerate(told)]


def of_other_steps() -> list[EventLogEntry]:
    """Events that differ in something else than the source."""
    entry = event("materialized")
    about = entry.get_dagster_event()
    return [
        entry,
        entry._replace(step_key="other"),
        entry._replace(user_message=HOSTILE),
        entry._replace(level=20),
        entry._replace(dagster_event=about._replace(logging_tags={"a": "b"})),
        entry._replace(dagster_event=about._replace(message=HOSTILE)),
        entry._replace(dagster_event=about._replace(pid=7)),
        entry._replace(run_id="other"),
        entry,
    ]


@batches
def test_a_batch_becomes_the_rows_of_stock_dagster(
    stock: SqliteEventLogStorage, batch: list[EventLogEntry]
) -> None:
    assert event_rows(batch, stock._event_to_row) == [stock._event_to_row(one) for one in batch]


@pytest.mark.parametrize("order", [1, -1], ids=["forth", "back"])
@pytest.mark.parametrize("make", [materializations, planned, of_other_steps])
def test_whatever_differs_between_two_events_is_written(
    stock: SqliteEventLogStorage, make: Callable[[], list[EventLogEntry]], order: int
) -> None:
    batch = make()[::order]
    others = planned_and_materialized(len(batch))[1]
    mixed = [one for pair in zip(batch, others, strict=True) for one in pair]

    for entries in (batch, mixed):
        expected = [stock._event_to_row(one) for one in entries]
        assert event_rows(entries, stock._event_to_row) == expected


def test_a_packed_row_differs_in_its_event_alone(stock: SqliteEventLogStorage) -> None:
    row = stock._event_to_row(event("planned"))
    assert {**packed(row), "event": unpack(packed(row)["event"])} == row


def test_a_batch_costs_a_fraction_of_what_stock_dagster_spends(
    stock: SqliteEventLogStorage,
) -> None:
    """The measured ratio is five; a busy machine must not fail the test."""
    batch = planned_and_materialized(1000)[1]

    def spent(make: Callable[[], object]) -> float:
        began = time.process_time()
        make()
        return time.process_time() - began

    ours = min(spent(lambda: event_rows(batch, stock._event_to_row)) for _ in range(3))
    theirs = min(spent(lambda: [stock._event_to_row(one) for one in batch]) for _ in range(3))
    assert ours < theirs / 2
