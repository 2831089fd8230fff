"""A home of any number of images without making each: some are made for real, rows are copied.

The pictures are small and different (``photographs.make_small_pictures``), and everything is made
of them by the product itself. Then the rows of all derivatives are copied under new image ids, with
other hashes, names and vectors, so that a copy is nobody's duplicate; the files behind them are
shared. ``media rebuild`` makes tables, index and ledger of it. Dagster knows each copy as a
partition, without events.

``python -m benchmarks.synthetic_home HOME COUNT`` makes one to keep.
"""

import hashlib
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.media_command import add_folder, media
from benchmarks.photographs import make_small_pictures
from media_assets.images.medium import images
from media_assets.media import image_recipes
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.rows.compaction import compact
from resources.rows.row_store import RowStore
from resources.sources.source_identity import make_source_id

SEEDS = 250
"""Images that are made for real."""

WITHOUT_READING = {"OCR__ENGINE": "none"}
"""Reading text costs most and changes nothing in what is measured on such a home."""

VECTOR_NOISE = 0.3
"""Length of the noise that is added to a copy's vector, whose own length is 1."""

HASH_COLUMNS = ("phash", "dhash")
ADDED = ("_seq", "_row", "_run_id")


@dataclass
class Copy:
    """One copy of all seeds: their new ids, hashes and names, and the versions of rows so far."""

    number: int
    ids: dict[str, str]
    sha256: dict[str, str]
    versions: dict[str, str] = field(default_factory=dict)


def make_home(home: Path, count: int) -> list[str]:
    """Make a home of ``count`` images (whole copies of the seeds) and return their ids.

    Its row files are folded, as the service does it every hour.
    """
    seeds = min(SEEDS, count)
    make_small_pictures(home.parent / "seeds", seeds)
    add_folder(home.parent / "seeds", home, **WITHOUT_READING)
    store = RowStore(home / "rows")
    originals = store.scan("ingest/original").collect().sort("image_id")
    for number in range(1, count // seeds):
        copy_rows(store, new_copy(originals, number))
    for table in store.tables():
        compact(store, table)
    ids = store.scan("ingest/original").collect()["image_id"].to_list()
    with open_dagster(Settings(home=home)) as instance:
        instance.add_dynamic_partitions(images.partitions_name, ids)
    media(home, "rebuild", **WITHOUT_READING)
    return ids


def new_copy(originals: pl.DataFrame, number: int) -> Copy:
    """Ids and hashes of another copy of the images with these rows."""
    made = Copy(number, {}, {})
    for old_id, name in originals.select("image_id", "file_name").iter_rows():
        sha256 = hashlib.sha256(f"{old_id} {number}".encode()).hexdigest()
        made.sha256[old_id] = sha256
        made.ids[old_id] = make_source_id(new_name(str(name), number).encode(), sha256)
    return made


def new_name(name: str, number: int) -> str:
    """A file name of a copy."""
    return f"copy{number:04d}-{name}"


def copy_rows(store: RowStore, copy: Copy) -> None:
    """Append a copy of every row of every image."""
    tables = ["ingest/original", "ingest/sighting"]
    tables += [f"image/{name}" for name in image_recipes()]  # upstream first
    for table in (one for one in tables if one in store.tables()):
        rows = store.scan(table).filter(pl.col("image_id").is_in(list(copy.ids))).collect()
        if not rows.is_empty():
            old = [f"{seq}-{row}" for seq, row in rows.select("_seq", "_row").iter_rows()]
            seq = store.append(
                table, renamed(rows, copy), run_id="benchmark", producer={"made_by": "benchmark"}
            )
            copy.versions |= {name: f"{seq}-{place}" for place, name in enumerate(old)}


def renamed(rows: pl.DataFrame, copy: Copy) -> pl.DataFrame:
    """The same rows as those of other images."""
    made = rows.drop(*ADDED)
    old_ids = rows["image_id"]
    changes: dict[str, Sequence[object]] = {"image_id": [copy.ids[one] for one in old_ids]}
    if "sha256" in rows.columns:
        changes["sha256"] = [copy.sha256[one] for one in old_ids]
    if "file_name" in rows.columns:
        changes["file_name"] = [new_name(one, copy.number) for one in rows["file_name"]]
    if "path_display" in rows.columns:
        changes["path_display"] = [f"{copy.number}/{one}" for one in rows["path_display"]]
        changes["path"] = [f"{copy.number}/".encode() + one for one in rows["path"]]
    if "inputs" in rows.columns:
        changes["inputs"] = [with_versions(one, copy.versions) for one in rows["inputs"]]
    changes |= {one: random_hashes(rows[one]) for one in HASH_COLUMNS if one in rows.columns}
    if "vector" in rows.columns:
        changes["vector"] = [moved(one, copy.number) for one in rows["vector"]]
    columns = [pl.Series(name, values, dtype=rows.schema[name]) for name, values in changes.items()]
    return made.with_columns(columns)


def random_hashes(hashes: pl.Series) -> list[str | None]:
    """As many perceptual hashes by chance; null stays null."""
    return [one and secrets.token_hex(len(one) // 2) for one in hashes]


def with_versions(inputs: str, versions: Mapping[str, str]) -> str:
    """A row's inputs with the versions that they have in the copy; fingerprints stay."""
    found = {name: versions.get(value, value) for name, value in json.loads(inputs).items()}
    return json.dumps(found, separators=(",", ":"))


def moved(vector: pl.Series | None, seed: int) -> list[float] | None:
    """A vector near this one, L2 norm 1."""
    if vector is None:
        return None
    values = vector.to_numpy().astype(np.float32)
    noise = np.random.default_rng([seed, len(values)]).standard_normal(len(values))
    near = values + VECTOR_NOISE * noise / np.linalg.norm(noise)
    return list((near / np.linalg.norm(near)).tolist())


if __name__ == "__main__":
    print(len(make_home(Path(sys.argv[1]), int(sys.argv[2]))), "images")
