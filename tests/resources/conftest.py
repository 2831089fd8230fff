"""A landing folder on a real disk, with a clock that the test moves."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest

from resources.configuration.settings import LandingRoot, Settings
from resources.landing.clock import Clock
from resources.landing.ingest import IngestResult, all_images, look_at_landing
from resources.landing.left_out import LEFT_OUT
from resources.landing.scan_pass import MediumOf
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.source_rows import BATCH_EVENT, ORIGINAL, SIGHTING, stored_rows

SETTLE_SECONDS = 5.0


@dataclass
class Landing:
    """One watched root, and everything that came of it."""

    folder: Path
    settings: Settings
    steady_s: float = 1000.0
    wall: datetime = field(default=datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC))
    medium_of: MediumOf = all_images

    def drop(self, name: str | bytes, content: bytes = b"picture") -> bytes:
        """Put a file into the root; return its absolute raw path."""
        raw = name if isinstance(name, bytes) else name.encode()
        path = bytes(self.folder) + b"/" + raw
        Path(os.fsdecode(path.rpartition(b"/")[0])).mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:  # noqa: PTH123 - raw bytes
            file.write(content)
        return path

    def look(self, *, after_s: float = 0) -> IngestResult:
        """Look once, ``after_s`` later."""
        self.steady_s += after_s
        return look_at_landing(self.settings, clock=self.clock, medium_of=self.medium_of)

    @property
    def clock(self) -> Clock:
        """What a look is told of the time."""
        return Clock(now=lambda: self.wall, steady_s=self._read_clock)

    def _read_clock(self) -> float:
        self.steady_s += 1e-6  # time passes, also while files are read
        return self.steady_s

    def settle(self) -> IngestResult:
        """Look, wait until everything has settled, look again."""
        self.look()
        return self.look(after_s=SETTLE_SECONDS + 1)

    def rows(self, table: Table) -> pl.DataFrame:
        return stored_rows(RowStore(self.settings.media_home.rows), table, after_seq="")

    @property
    def originals(self) -> pl.DataFrame:
        return self.rows(ORIGINAL)

    @property
    def sightings(self) -> pl.DataFrame:
        return self.rows(SIGHTING)

    @property
    def events(self) -> pl.DataFrame:
        return self.rows(BATCH_EVENT)

    @property
    def left_out(self) -> set[tuple[str, str, str]]:
        """What is left out now: state, path and reason."""
        told = self.rows(LEFT_OUT).unique(list(LEFT_OUT.key), keep="last", maintain_order=True)
        now = told.filter(~pl.col("is_over"))
        return set(now.select("state", "path_display", "reason").iter_rows())

    @property
    def kept(self) -> dict[str, bytes]:
        """What lies in originals: relative path -> bytes."""
        folder = self.settings.media_home.originals
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    @property
    def left(self) -> list[str]:
        """What still lies in the root."""
        return sorted(path.name for path in self.folder.rglob("*") if not path.is_dir())


MakeLanding = Callable[..., Landing]


@pytest.fixture
def make_landing(tmp_path: Path) -> MakeLanding:
    def make(
        mode: Literal["move", "reference"] = "move",
        exclude: tuple[str, ...] = (),
        include: tuple[str, ...] = (),
        **chosen: Any,
    ) -> Landing:
        folder = tmp_path / "archive"
        folder.mkdir(exist_ok=True)
        root = LandingRoot(name="archive", path=folder, mode=mode, exclude=exclude, include=include)
        given = {
            "settle_seconds": SETTLE_SECONDS,
            "landing_roots": (root,),
            "list_folders": (tmp_path / "elsewhere",),
            **chosen,
        }
        return Landing(folder, Settings(home=tmp_path / "home", **given))

    return make


@pytest.fixture
def landing(make_landing: MakeLanding) -> Landing:
    """A root in move mode."""
    return make_landing()


@pytest.fixture
def archive(make_landing: MakeLanding) -> Landing:
    """A root in reference mode."""
    return make_landing("reference")
