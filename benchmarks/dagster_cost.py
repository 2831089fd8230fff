"""What Dagster's bookkeeping costs per source and asset: stock SQLite storage and ours.

One range run per measurement, in this process, with an asset that does nothing: what is left is
the announcement of each source when the run is created and its materialization when it is reported.
The run's own fixed cost is part of it. Stock Dagster gets its defaults, and reports the range by
itself; ours reports source by source with metadata and a data version, as the product does.

Time is CPU time of this process: wall clock on a busy machine varies by half, CPU time by a fifth,
and always upwards, so ours is the least of RUNS runs. Space is what Dagster's folder has grown by.
``python -m benchmarks.dagster_cost`` exits with 1 when a bar is missed.
"""

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import environment, open_dagster
from resources.orchestration.materialization_log import log_materializations
from resources.orchestration.run_coordinator import mark_run

IMAGES = 1000
RUNS = 3
MOST_MS = 0.6
MOST_BYTES = 2000
QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
STOCK = {"DAGSTER_EVENT_BATCH_SIZE": "0", "DAGSTER_DISABLE_TELEMETRY": "1"}

bench_images = dg.DynamicPartitionsDefinition(name="bench_images")


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds and bytes on disk per image and asset."""

    announce_ms: float
    report_ms: float
    size_bytes: float

    @property
    def total_ms(self) -> float:
        """Announcement and report."""
        return self.announce_ms + self.report_ms


@dg.asset(partitions_def=bench_images, key_prefix="image")
def reported_by_dagster() -> None:
    """Stock: Dagster reports every image of the range when the step is done."""


@dg.asset(partitions_def=bench_images, key_prefix="image")
def reported_by_image(context: dg.AssetExecutionContext) -> None:
    """Ours: the asset reports each image with its own metadata and data version."""
    reports = [
        dg.AssetMaterialization(
            context.asset_key,
            partition=key,
            metadata={"outcome": dg.MetadataValue.text("ok")},
            tags={"dagster/data_version": digest_of(key), "media/outcome": "ok"},
        )
        for key in context.partition_keys
    ]
    log_materializations(context, reports)


def digest_of(text: str) -> str:
    """64 digits that no two texts share: they cannot be packed, as a real fingerprint cannot."""
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def stock_dagster(home: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as Dagster makes it without any configuration."""
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with (
        environment({**STOCK, "DAGSTER_HOME": str(home)}),
        dg.DagsterInstance.from_config(str(home)) as instance,
    ):
        yield instance


@contextmanager
def our_dagster(home: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as the product makes it, on SQLite."""
    with open_dagster(Settings(home=home)) as instance:
        yield instance


def cost_of_stock(images: int) -> Cost:
    """The cost with stock Dagster on SQLite."""
    return cost_of(stock_dagster, reported_by_dagster, images, is_marked=False)


def cost_of_ours(images: int) -> Cost:
    """The cost with our storage on SQLite and our reporting."""
    return cost_of(our_dagster, reported_by_image, images, is_marked=True)


def cost_of(
    opened: Callable[[Path], AbstractContextManager[dg.DagsterInstance]],
    asset: dg.AssetsDefinition,
    images: int,
    *,
    is_marked: bool,
) -> Cost:
    """The cost of one run in a new Dagster; its files are measured when it is closed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with opened(home) as instance:
            instance.get_runs()
        empty_bytes = size_of(home)
        with opened(home) as instance:
            announce_ms, report_ms = times_of_run(instance, asset, images, is_marked=is_marked)
        return Cost(announce_ms, report_ms, (size_of(home) - empty_bytes) / images)


def size_of(folder: Path) -> int:
    """Bytes of all files below the folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def times_of_run(
    instance: dg.DagsterInstance, asset: dg.AssetsDefinition, images: int, *, is_marked: bool
) -> tuple[float, float]:
    """CPU ms per image of announcing and of reporting a range of ``images`` new keys."""
    keys = [f"image-{number:06d}-{digest_of(str(number))[:12]}" for number in range(images)]
    instance.add_dynamic_partitions("bench_images", keys)
    job = dg.Definitions(
        assets=[asset], jobs=[dg.define_asset_job("bench")], executor=dg.in_process_executor
    ).resolve_job_def("bench")
    tags = {
        "dagster/asset_partition_range_start": keys[0],
        "dagster/asset_partition_range_end": keys[-1],
    }
    began = time.process_time()
    run = instance.create_run_for_job(job, run_config=QUIET, tags=tags)
    announced = time.process_time()
    if is_marked:
        mark_run(instance, run)
    execute_run(InMemoryJob(job), instance.get_run_by_id(run.run_id) or run, instance)
    reported = time.process_time()
    stored = len(instance.get_materialized_partitions(asset.key))
    if stored != images:
        raise RuntimeError(f"{stored} of {images} images were reported")
    return (announced - began) * 1000 / images, (reported - announced) * 1000 / images


def main() -> bool:
    """Print both costs, their ratio and the bars; return whether ours meets the bars."""
    ours = min((cost_of_ours(IMAGES) for _ in range(RUNS)), key=lambda cost: cost.total_ms)
    stock = cost_of_stock(IMAGES)
    is_met = ours.total_ms <= MOST_MS and ours.size_bytes <= MOST_BYTES
    lines = [
        f"Dagster per image and asset ({IMAGES:,} images, SQLite), CPU ms and bytes on disk",
        f"{'':10}{'announce':>10}{'report':>10}{'total':>10}{'bytes':>10}",
        *(
            f"{name:10}{cost.announce_ms:>10.2f}{cost.report_ms:>10.2f}{cost.total_ms:>10.2f}"
            f"{cost.size_bytes:>10,.0f}"
            for name, cost in (("ours", ours), ("stock", stock))
        ),
        f"ratio of ms {stock.total_ms / ours.total_ms:.0f}",
        f"ratio of bytes {stock.size_bytes / ours.size_bytes:.1f}",
        f"bars: {MOST_MS} ms, {MOST_BYTES:,} bytes: {'met' if is_met else 'MISSED'}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return is_met


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
