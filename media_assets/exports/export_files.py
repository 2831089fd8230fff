"""``<home>/exports``: one file of JSON lines per finished batch and medium.

A file appears when it is whole and is written again when anything in it has changed, which a digest
of the published rows says. ``written.json`` keeps the digests; without it all files are written
once more.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from media_assets.exports.records import condition, record_query, source_query
from resources.configuration.media_home import MediaHome
from resources.preservation.bag import new_file, write_whole
from resources.stores.open_folder import OpenFolder
from resources.warehouse.column_kinds import kind_of
from resources.warehouse.database_file import reading
from resources.warehouse.query_result import QueryResult
from resources.warehouse.result_frames import frame_of
from resources.warehouse.text_forms import write_ndjson

FORM = "1"
"""Raised when records change their shape: all files are then written again."""

WRITTEN = "written.json"
PRIVATE = 0o600
AT_A_TIME = 500
"""Records in memory."""

LONGEST_NAME = 50
"""Characters of a batch's name in the name of its file; with the rest below 255 bytes."""

UNSAFE = re.compile(r"[^\w .+-]")

COMPLETE = """
with

members as (
    select distinct all_of.batch, all_of.source_id
    from (
        select batch, source_id from sources where not is_superseded
        union all
        select batch, source_id from sightings
    ) as all_of
    semi join batches on all_of.batch = batches.batch and batches.status = 'complete'
    where all_of.source_id is not null
),

made as (
    select
        source_id,
        bit_xor(hash(asset, outcome, reason, fingerprint, engine_version, run_id, made_at)) as mark
    from artifacts
    group by source_id
),

seen as (
    select source_id, bit_xor(hash(root, path_display, batch, size_bytes, seen_at)) as mark
    from sightings
    group by source_id
)

select
    members.batch,
    sources.medium,
    count(*) as records,
    bit_xor(hash(members.source_id, made.mark, seen.mark))::varchar as mark
from members
inner join sources using (source_id)
left join made using (source_id)
left join seen using (source_id)
where not sources.is_superseded
group by members.batch, sources.medium
order by members.batch, sources.medium
"""


@dataclass(frozen=True)
class ExportFile:
    """The records of one medium in one complete batch; ``digest`` changes with any of them."""

    batch: str
    medium: str
    records: int
    digest: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return file_name(self.batch, self.medium)

    @property
    def query(self) -> str:
        """The query of its records, as ``media export --batch`` asks it."""
        if self.medium == "image":
            chosen = condition(self.batch, None, key="images.image_id")
            return record_query(chosen, with_embedding=False)
        return source_query(self.medium, condition(self.batch, None, key="sources.source_id"))


def file_name(batch: str, medium: str = "image") -> str:
    """The file of a batch: its name if that is plain, else with a digest, so that no two meet."""
    plain = UNSAFE.sub("_", batch)[:LONGEST_NAME].strip(" .") or "batch"
    if plain != batch:
        plain += f"-{hashlib.sha256(batch.encode()).hexdigest()[:12]}"
    return f"{plain}.jsonl" if medium == "image" else f"{plain} ({medium}).jsonl"


def write_changed(home: MediaHome) -> list[ExportFile]:
    """Write the files of complete batches that are absent or out of date; return those written.

    Reads media.duckdb. Raises duckdb.Error, OSError; files that are done by then stay.
    """
    home.exports.mkdir(exist_ok=True)
    done = []
    with OpenFolder.at(home.exports) as folder, reading(home.warehouse) as connection:
        known = dict(digests(home.exports))
        for one in complete_batches(connection):
            if known.get(one.name) == one.digest and folder.has(one.name):
                continue
            write_file(folder, connection, one)
            known[one.name] = one.digest
            write_whole(folder, WRITTEN, [json.dumps(known, indent=1)])
            done.append(one)
    return done


def complete_batches(connection: duckdb.DuckDBPyConnection) -> list[ExportFile]:
    """What there should be a file of, and the digest of what it should hold."""
    found = connection.execute(COMPLETE).fetchall()
    return [
        ExportFile(batch, medium, records, f"{FORM}-{records}-{mark}")
        for batch, medium, records, mark in found
    ]


def digests(exports: Path) -> Mapping[str, str]:
    """File name -> digest of what it holds; empty when the record is not there or damaged."""
    path = exports / WRITTEN
    try:
        found = json.loads(path.read_bytes()) if path.is_file() else {}
    except ValueError:  # half a file of another program: all files are written again
        return {}
    return found if isinstance(found, dict) else {}


def write_file(folder: OpenFolder, connection: duckdb.DuckDBPyConnection, one: ExportFile) -> None:
    """Write one file; it takes its name when it is whole."""
    with new_file(folder, one.name, PRIVATE) as file:
        for text in texts(connection.execute(one.query)):
            file.write(text.encode())


def texts(result: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The records as JSON lines, some at a time."""
    described = result.description or []
    names, kinds = [one[0] for one in described], [kind_of(one[1]) for one in described]
    while some := result.fetchmany(AT_A_TIME):
        yield write_ndjson(frame_of(QueryResult(names, kinds, some)))
