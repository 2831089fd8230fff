"""Where everything is: one folder, MEDIA_HOME. Deleting it starts from nothing.

Truth (``originals``, ``derivatives``, ``rows``) is only ever added to. ``warehouse``, ``live``,
``ledger``, ``search_index`` and ``exports`` are caches that are made again from the truth.
"""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_HOME = "media_home"


@dataclass(frozen=True)
class MediaHome:
    """The paths below MEDIA_HOME; ``root`` is absolute."""

    root: Path

    @property
    def landing(self) -> Path:
        """The default landing folder: files dropped here are taken into ``originals``."""
        return self.root / "landing"

    @property
    def originals(self) -> Path:
        """Source images, content-addressed and read-only: ``aa/bb/<sha256><suffix>``."""
        return self.root / "originals"

    @property
    def derivatives(self) -> Path:
        """Files made from originals, content-addressed: ``aa/bb/<sha256><suffix>``."""
        return self.root / "derivatives"

    @property
    def quarantine(self) -> Path:
        """Files whose bytes a fixity check found damaged, once another took their place."""
        return self.root / "quarantine"

    @property
    def rows(self) -> Path:
        """Parquet row batches: ``<table>/inbox`` and ``<table>/base``."""
        return self.root / "rows"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that users open; replaced by rename, never written in place."""
        return self.root / "media.duckdb"

    @property
    def live(self) -> Path:
        """A DuckDB file of views over ``rows``: always current, slower than ``warehouse``."""
        return self.root / "live.duckdb"

    @property
    def preparation(self) -> Path:
        """Says what ``live`` and the tables' declarations were last made by; a cache, too."""
        return self.root / "live.json"

    @property
    def ledger(self) -> Path:
        """SQLite cache of what the landing roots held at the last look."""
        return self.root / "landing.sqlite"

    @property
    def search_index(self) -> Path:
        """LanceDB tables for search, and ``current.json`` that says which ones count."""
        return self.root / "search_index"

    @property
    def exports(self) -> Path:
        """Finished batches as JSON lines, for people and other programs; a cache, too."""
        return self.root / "exports"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: Dagster's own storage, logs and generated ``dagster.yaml``."""
        return self.root / "dagster"

    @property
    def locks(self) -> Path:
        """Lock files; a lock is released by the kernel when its process dies."""
        return self.root / "locks"

    @property
    def models(self) -> Path:
        """Models fetched by ``media models get``, a folder each."""
        return self.root / "models"

    def create(self) -> None:
        """Make the folders that must exist before anything else runs. Harmless when repeated."""
        for folder in (self.landing, self.originals, self.derivatives, self.rows, self.locks):
            folder.mkdir(parents=True, exist_ok=True)
        self.dagster.mkdir(exist_ok=True)
