"""Vector search in the index: latency, recall, size, and what one new image costs.

``python -m benchmarks.search [ROWS ...]``; 100 000 without an argument, a million takes a minute
and 3 GB of disk. The vectors are made up: 512 dimensions, L2 norm 1, in clusters as embeddings are.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resources.search.lance_table import LanceTable

if TYPE_CHECKING:
    import pyarrow as pa

DIMENSIONS = 512
ROWS_PER_CLUSTER = 500
SPREAD = 0.6
"""Length of the noise around a cluster's center, whose length is 1."""

ROWS_PER_BATCH = 20_000
QUERIES = 200
WANTED = 10
UPSERTS = 20

Floats = NDArray[np.float32]


@dataclass
class Made:
    """Made-up vectors, and for each query the best rows so far: (QUERIES, WANTED)."""

    rows: int
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    centers: Floats = field(init=False)
    queries: Floats = field(init=False)
    best: Floats = field(init=False)
    places: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Make the centers, and queries among the vectors."""
        clusters = max(1, self.rows // ROWS_PER_CLUSTER)
        self.centers = unit(self.random.standard_normal((clusters, DIMENSIONS), np.float32))
        self.queries = self.vectors(QUERIES)
        self.best = np.full((QUERIES, WANTED), -2, np.float32)
        self.places = np.full((QUERIES, WANTED), -1, np.int64)

    def vectors(self, count: int) -> Floats:
        """Vectors around centers chosen by chance."""
        chosen = self.centers[self.random.integers(0, len(self.centers), count)]
        noise = self.random.standard_normal((count, DIMENSIONS), np.float32)
        return unit(chosen + SPREAD * unit(noise))

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """All rows; the exact answers are found on the way."""
        for start in range(0, self.rows, ROWS_PER_BATCH):
            vectors = self.vectors(min(ROWS_PER_BATCH, self.rows - start))
            self._remember(vectors, start)
            yield batch(start, vectors)

    def _remember(self, vectors: Floats, start: int) -> None:
        cosines = np.concatenate([self.best, self.queries @ vectors.T], axis=1)
        fresh = np.tile(np.arange(start, start + len(vectors)), (QUERIES, 1))
        places = np.concatenate([self.places, fresh], axis=1)
        order = np.argpartition(-cosines, WANTED, axis=1)[:, :WANTED]
        self.best = np.take_along_axis(cosines, order, axis=1)
        self.places = np.take_along_axis(places, order, axis=1)


def unit(vectors: Floats) -> Floats:
    """``vectors`` with L2 norm 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def name(place: int) -> str:
    """The source id of a row."""
    return f"image-{place:08d}"


def batch(start: int, vectors: Floats) -> "pa.RecordBatch":
    """Rows as the index gets them."""
    import pyarrow as pa

    columns = {
        "source_id": pa.array([name(start + row) for row in range(len(vectors))]),
        "part": pa.array([0] * len(vectors), pa.int32()),
        "version": pa.array(["1"] * len(vectors)),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), DIMENSIONS),
    }
    return pa.RecordBatch.from_pydict(columns)


def seconds_each(action: "Iterator[object]") -> list[float]:
    """Wall clock of each step of ``action``."""
    times = []
    started = time.perf_counter()
    for _ in action:
        times.append(time.perf_counter() - started)
        started = time.perf_counter()
    return times


def measure(rows: int, folder: Path) -> None:
    """Build a table, ask it, change it; print what that took."""
    import pyarrow as pa

    made = Made(rows)
    started = time.perf_counter()
    reader = pa.RecordBatchReader.from_batches(batch(0, made.queries[:1]).schema, made.batches())
    table = LanceTable.create(folder, "bench", reader)
    loaded = time.perf_counter() - started
    started = time.perf_counter()
    table.maintain()
    indexed = time.perf_counter() - started
    found: list[float] = []

    def ask() -> Iterator[None]:
        for query, places in zip(made.queries, made.places, strict=True):
            hits = table.nearest(query.tolist(), WANTED)
            found.append(len({hit.source_id for hit in hits} & set(map(name, places))) / WANTED)
            yield

    def upsert() -> Iterator[None]:
        for number in range(UPSERTS):
            table.upsert([batch(rows + number, made.vectors(1))])
            yield

    table.nearest(made.queries[0].tolist(), WANTED)
    asked = [1000 * one for one in seconds_each(ask())]
    written = [1000 * one for one in seconds_each(upsert())]
    data, index = folder_bytes(table.path / "data"), folder_bytes(table.path / "_indices")
    percentiles = statistics.quantiles(asked, n=100)
    print(
        f"search, {rows:,} vectors: p50 {statistics.median(asked):.1f} ms, "
        f"p99 {percentiles[98]:.1f} ms, recall@{WANTED} {statistics.mean(found):.3f}; "
        f"one image {statistics.median(written):.0f} ms; written in {loaded:.0f} s, "
        f"indexed in {indexed:.0f} s; {data / 1e6:,.0f} MB and {index / 1e6:,.0f} MB of indices",
        flush=True,
    )


def folder_bytes(folder: Path) -> int:
    """Size of all files below ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(sizes: list[int] | None = None) -> None:
    """Measure each size in a folder of its own."""
    for rows in sizes or [100_000]:
        with tempfile.TemporaryDirectory() as folder:
            measure(rows, Path(folder))


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
