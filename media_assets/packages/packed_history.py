"""What happened to a picture, in the words of PREMIS: from its landing to the last derivative."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from media_assets.curation.human_record import HUMAN_RECORD
from media_assets.execution.derivative_rows import Row
from media_assets.execution.versions import version_of
from media_assets.images.source_record import source_record
from media_assets.media import image_recipes
from media_assets.packages.packed_rows import PackedRows
from resources.preservation.packages.bag_writing import PayloadFile
from resources.preservation.packages.premis import (
    PERSON,
    SOFTWARE,
    PremisAgent,
    PremisEvent,
    PremisFile,
    premis_xml,
)
from resources.sources.source_rows import SIGHTING

PROGRAM = PremisAgent("media-assets", "media-assets", SOFTWARE)
UNKNOWN_FORMAT = "application/octet-stream"


def premis_of(rows: PackedRows, files: Sequence[PayloadFile]) -> bytes:
    """The PREMIS document of a picture and these files of its package."""
    packed = {one.sha256: one for one in files}
    events = [*landing_events(rows), *edits(rows), *derivative_events(rows, packed)]
    events.sort(key=lambda one: one.at)
    original, *others = files
    return premis_xml(
        [original_object(rows, original, events), *(made_object(rows, one) for one in others)],
        events,
    )


def media_type(rows: PackedRows) -> str:
    """Of the original, as its header says."""
    record = rows.newest(source_record.table)
    return str((record or {}).get("media_type") or UNKNOWN_FORMAT)


def original_object(
    rows: PackedRows, file: PayloadFile, events: Iterable[PremisEvent]
) -> PremisFile:
    """The file that landed; every event is about it."""
    return PremisFile(
        rows.image_id,
        file.sha256,
        file.size_bytes,
        media_type(rows),
        file.name,
        original_name=rows.original["file_name"],
        events=tuple(event.identifier for event in events),
    )


def made_object(rows: PackedRows, file: PayloadFile) -> PremisFile:
    """A derivative or a sidecar."""
    made = next(made_in(rows, file.sha256), None)
    kept = PremisFile(file.name, file.sha256, file.size_bytes, UNKNOWN_FORMAT, file.name)
    if made is None:
        return kept
    table, row, one = made
    return PremisFile(
        file.name,
        file.sha256,
        file.size_bytes,
        one["media_type"] or UNKNOWN_FORMAT,
        file.name,
        made_of=rows.image_id,
        made_in=event_id(table, row),
    )


def made_in(rows: PackedRows, sha256: str) -> Iterator[tuple[str, Row, Row]]:
    """The table and the row that first named a file, and what it said of it."""
    for recipe in image_recipes().values():
        for row in table_rows(rows, recipe.table):
            for file in row["files"] or ():
                if file["sha256"] == sha256:
                    yield recipe.table, row, file


def landing_events(rows: PackedRows) -> Iterator[PremisEvent]:
    """How it came: taken in, and its SHA-256 calculated."""
    original = rows.original
    seen = [one for one in table_rows(rows, SIGHTING.name) if one["image_id"] == rows.image_id]
    where = f"landing root {original['root']}, batch {original['batch']}"
    if seen:
        where += f", path {seen[0]['path_display']}"
    told = (
        ("ingestion", where),
        ("message digest calculation", f"SHA-256 {original['sha256']}"),
    )
    for kind, detail in told:
        yield PremisEvent(
            f"{rows.image_id}/{kind.replace(' ', '_')}",
            kind,
            original["landed_at"],
            detail,
            "success",
            None,
            PROGRAM,
            (rows.image_id,),
        )


def edits(rows: PackedRows) -> Iterator[PremisEvent]:
    """What people said of it."""
    for row in table_rows(rows, HUMAN_RECORD.name):
        yield PremisEvent(
            event_id(HUMAN_RECORD.name, row),
            "metadata modification",
            row["made_at"],
            f"fields {', '.join(row['changed_fields'])}",
            "success",
            row["note"],
            PremisAgent(f"person {row['edited_by']}", row["edited_by"], PERSON),
            (rows.image_id,),
        )


def derivative_events(rows: PackedRows, packed: Mapping[str, PayloadFile]) -> Iterator[PremisEvent]:
    """What was made of it, every version."""
    for recipe in image_recipes().values():
        for row in table_rows(rows, recipe.table):
            yield derivative_event(rows, recipe.table, row, packed)


def derivative_event(
    rows: PackedRows,
    table: str,
    row: Row,
    packed: Mapping[str, PayloadFile],
) -> PremisEvent:
    """One attempt, however it ended."""
    results = [packed[one["sha256"]].name for one in row["files"] or () if one["sha256"] in packed]
    notes = [row["reason"], *(row["warnings"] or ())]
    detail = {
        "asset": table,
        "code_version": row["code_version"],
        "fingerprint": row["fingerprint"],
        "parameters": json.loads(row["parameters"] or "{}"),
    }
    return PremisEvent(
        event_id(table, row),
        kind_of(table, results),
        row["made_at"],
        json.dumps(detail, sort_keys=True, ensure_ascii=False),
        row["outcome"],
        "; ".join(filter(None, notes)) or None,
        PremisAgent(
            f"{row['engine']} {row['engine_version']}",
            row["engine"],
            SOFTWARE,
            row["engine_version"],
        ),
        (rows.image_id,),
        tuple(dict.fromkeys(results)),
    )


def kind_of(table: str, results: Sequence[str]) -> str:
    """The type of event that made a row, of the Library of Congress's list of event types."""
    if table == source_record.table:
        return "format identification"
    return "creation" if results else "metadata extraction"


def table_rows(rows: PackedRows, table: str) -> list[Row]:
    """All rows of a table, oldest first."""
    found = rows.tables.get(table)
    return [] if found is None else found.rows(named=True)


def event_id(table: str, row: Row) -> str:
    """Names the event that a row is the record of."""
    return f"{table}/{version_of(row)}"
