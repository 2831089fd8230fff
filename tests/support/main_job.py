"""The main job in the test's own process: the real definitions, look, runs, decoders and tables."""

import csv
import importlib
import io
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl
import pytest
from PIL import Image

import command_line.service.runs
import definitions
from command_line.queries.tables import prepare
from command_line.service.foreground import ForegroundResult, publish, run_until_idle
from command_line.service.runs import run_here
from media_assets.images.medium import images
from media_assets.media import image_recipes
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from resources.rows.row_store import RowStore
from tests.support.own_frames import own_query

CORPUS = Path(__file__).parents[1] / "corpus"
SETTLE_SECONDS = 0.1
BY_VERSION = {"catalogue_record", "text_embedding"}
"""Their fingerprints name the very versions that they were made of, which differ between homes."""
ROW_IDENTITY = ["image_id", "outcome", "reason", "fingerprint", "file_hashes"]


def picture(seed: int, size: tuple[int, int] = (90, 60)) -> bytes:
    """A PNG like no other: soft colors, different for every seed."""
    patch = np.random.default_rng(seed).integers(0, 255, (4, 6, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(patch).resize(size, Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def pictures(count: int, *, first: int = 0) -> dict[str, bytes]:
    return {f"picture{seed}.png": picture(seed) for seed in range(first, first + count)}


def corpus_rows() -> list[dict[str, str]]:
    """What the manifest says of each picture of the corpus."""
    with (CORPUS / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class MainJob:
    """One MEDIA_HOME with its Dagster instance, and what tests do with and ask of it."""

    settings: Settings
    instance: dg.DagsterInstance

    @property
    def store(self) -> RowStore:
        return RowStore(self.settings.media_home.rows)

    def drop(self, batch: str, files: Mapping[str, bytes]) -> None:
        """Put files into the landing folder as a user does."""
        folder = self.settings.media_home.landing / batch
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)

    def work(self) -> ForegroundResult:
        return run_until_idle(self.settings, self.instance)

    def add(self, batch: str, files: Mapping[str, bytes]) -> ForegroundResult:
        self.drop(batch, files)
        return self.work()

    def carry_out(self, requests: Sequence[dg.RunRequest]) -> list[dg.DagsterRunStatus]:
        """Run what a sensor, a schedule or a command asks for, then publish."""
        ended = [run_here(self.instance, request) for request in requests]
        publish(self.settings, self.instance)
        return ended

    def sql(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """The answer of media.duckdb; ``values`` fill each ``?``."""
        return own_query(self.settings.media_home.warehouse, query, values=values).rows()

    def keys(self) -> list[str]:
        return list(self.instance.get_dynamic_partitions(str(images.partitions.name)))

    def image_of(self, file_name: str) -> str:
        """The id of the image that was seen under this name."""
        sightings = self.store.scan("ingest/sighting").filter(pl.col("file_name") == file_name)
        return str(sightings.collect()["image_id"][0])

    def original_of(self, image_id: str) -> Path:
        """Where the kept original lies."""
        (path,) = self.store.current("ingest/original", [image_id])["path"]
        return self.settings.home / os.fsdecode(path)

    def statuses(self, asset: str) -> dict[str, str | None]:
        """What Dagster's UI shows for each image."""
        found = self.instance.get_status_by_partition(
            dg.AssetKey(["image", asset]), self.keys(), images.partitions
        )
        assert found is not None
        return {image: status.value if status else None for image, status in found.items()}

    def runs(self) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs())

    def results(self) -> dict[str, set[tuple[object, ...]]]:
        """Asset -> its newest rows, without what differs from run to run: times and ids."""
        return {name: current_rows(self.store, name) for name in image_recipes()}

    def row_count(self) -> dict[str, int]:
        return {name: self.store.scan(name).collect().height for name in self.store.tables()}


def current_rows(store: RowStore, asset: str) -> set[tuple[object, ...]]:
    """Every image's newest row of an asset: what came out, of what, in which files."""
    table = f"image/{asset}"
    ids = store.scan(table).select("image_id").unique().collect()["image_id"].to_list()
    hashes = pl.col("files").list.eval(pl.element().struct.field("sha256")).list.join(" ")
    rows = store.current(table, ids).with_columns(hashes.alias("file_hashes"))
    columns = [name for name in ROW_IDENTITY if name != "fingerprint" or asset not in BY_VERSION]
    return set(rows.select(columns).iter_rows())


@contextmanager
def main_job(home: Path, *, postgres_url: str | None = None) -> Iterator[MainJob]:
    """The main job on a home, new or not, as if this process had just been started for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIA_HOME", str(home))
        patch.setenv("MEDIA_SETTLE_SECONDS", str(SETTLE_SECONDS))
        patch.setenv("MEDIA_WORKERS", "2")
        if postgres_url:
            patch.setenv("MEDIA_POSTGRES_URL", postgres_url)
        settings = Settings()
        prepare(settings.media_home)
        importlib.reload(definitions)  # it reads the settings when it is imported
        importlib.reload(command_line.service.runs)
        with open_dagster(settings) as instance:
            yield MainJob(settings, instance)


def copy_home(home: Path, target: Path) -> Path:
    """A copy of a finished home, to be changed at will."""
    shutil.copytree(home, target, symlinks=True)
    return target


def files_below(*folders: Path) -> dict[Path, int]:
    """Every file -> its inode."""
    return {
        path: path.stat().st_ino
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
