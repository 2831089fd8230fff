"""Deletes events that newer ones of the same source have superseded.

Dagster keeps every event forever. Of one source and asset it looks at the last materialization,
and at the last announcement ("planned" event) when that is newer: what is older changes no status
and no data version. The log of an old run loses those lines.

- Only events of a partition: the history of a published table is short and worth a look.
- On SQLite the file does not shrink: what becomes free is used for later events.

Uses internals of dagster 1.13: the tables of the event log.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
import sqlalchemy
from dagster._core.storage.event_log.schema import AssetEventTagsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

PORTION = 1000
"""Events deleted in one transaction: a run that reports meanwhile waits for one portion."""

MADE = dg.DagsterEventType.ASSET_MATERIALIZATION.value
PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED.value


def prune_events(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete the superseded events from before that time; return how many they were.

    ``before`` must be long enough ago that no run of that time is still under way. Safe to call
    while runs write, and to kill. Raises TypeError when the events are in no SQL database.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        raise TypeError(f"events in a {type(storage).__name__} cannot be pruned")
    newest = newest_id(storage, before)
    deleted = 0
    for asset_key in instance.all_asset_keys():
        event_ids = superseded_ids(storage, asset_key, newest)
        deleted += len(event_ids)
        for start in range(0, len(event_ids), PORTION):
            delete_events(storage, event_ids[start : start + PORTION])
    return deleted


def newest_id(storage: SqlEventLogStorage, before: datetime) -> int:
    """The id of the last event from before that time; 0 when there is none."""
    events = SqlEventLogStorageTable.c
    last = (
        sqlalchemy.select(events.id)
        .where(events.timestamp < before.astimezone(UTC).replace(tzinfo=None))
        .order_by(events.id.desc())
        .limit(1)
    )
    with storage.index_connection() as connection:
        return connection.scalar(last) or 0


def superseded_ids(
    storage: SqlEventLogStorage, asset_key: dg.AssetKey, newest: int
) -> Sequence[int]:
    """The ids, up to ``newest``, of the asset's events that a later one has superseded.

    A materialization supersedes every earlier event of its source, an announcement the earlier
    announcements: those are the last of their kind, and newer, which Dagster looks at.
    """
    one = SqlEventLogStorageTable.alias("one")
    superseded_by = sqlalchemy.or_(
        has_later(one, MADE),
        sqlalchemy.and_(one.c.dagster_event_type == PLANNED, has_later(one, PLANNED)),
    )
    superseded = sqlalchemy.select(one.c.id).where(
        one.c.asset_key == asset_key.to_string(),
        one.c.dagster_event_type.in_([MADE, PLANNED]),
        one.c.partition.is_not(None),
        one.c.id <= newest,
        superseded_by,
    )
    with storage.index_connection() as connection:
        return connection.scalars(superseded).all()


def has_later(one: sqlalchemy.FromClause, kind: str) -> sqlalchemy.Exists:
    """Whether the source and asset of ``one`` have a later event of that type (an index knows)."""
    later = SqlEventLogStorageTable.alias()
    return sqlalchemy.exists().where(
        later.c.asset_key == one.c.asset_key,
        later.c.dagster_event_type == kind,
        later.c.partition == one.c.partition,
        later.c.id > one.c.id,
    )


def delete_events(storage: SqlEventLogStorage, event_ids: Sequence[int]) -> None:
    """Delete the events and their tags, all or none."""
    with storage.index_transaction() as connection:
        tags = AssetEventTagsTable.c.event_id
        connection.execute(AssetEventTagsTable.delete().where(tags.in_(event_ids)))
        connection.execute(
            SqlEventLogStorageTable.delete().where(SqlEventLogStorageTable.c.id.in_(event_ids))
        )
