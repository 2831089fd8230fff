"""What Dagster's bookkeeping costs per source and asset: stock SQLite storage and ours.

One range run per measurement, in this process, with an asset that does nothing: what is left is
the announcement of each source when the run is created and its materialization when it is reported.
The run's own fixed cost is part of it. Stock Dagster gets its defaults, and reports the range by
itself; ours reports source by source with metadata and a data version, as the product does.

Wall-clock on a busy machine varies by half; the ratio hardly.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
TARGETS = "targets: ours at most 2 ms, ratio at least 20"
QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
STOCK = {"DAGSTER_EVENT_BATCH_SIZE": "0", "DAGSTER_DISABLE_TELEMETRY": "1"}

bench_images = dg.DynamicPartitionsDefinition(name="bench_images")


@dataclass(frozen=True)
class Cost:
    """Milliseconds of wall clock per image and asset."""

    announce_ms: float
    report_ms: float

    @property
    def total_ms(self) -> float:
        """Both together."""
        return self.announce_ms + self.report_ms


@dg.asset(partitions_def=bench_images)
def reported_by_dagster() -> None:
    """Stock: Dagster reports every image of the range when the step is done."""


@dg.asset(partitions_def=bench_images)
def reported_by_image(context: dg.AssetExecutionContext) -> None:
    """Ours: the asset reports each image with its own metadata and data version."""
    reports = [
        dg.AssetMaterialization(
            context.asset_key,
            partition=key,
            metadata={"outcome": "ok", "engine": "libvips 8.18", "seconds": 0.0123},
            tags={"dagster/data_version": "0" * 64},
        )
        for key in context.partition_keys
    ]
    log_materializations(context, reports)


@contextmanager
def stock_dagster(home: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as Dagster makes it without any configuration."""
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with (
        environment({**STOCK, "DAGSTER_HOME": str(home)}),
        dg.DagsterInstance.from_config(str(home)) as instance,
    ):
        yield instance


def cost_of_stock(images: int) -> Cost:
    """The cost with stock Dagster on SQLite."""
    with tempfile.TemporaryDirectory() as folder, stock_dagster(Path(folder)) as instance:
        return cost_of_run(instance, reported_by_dagster, images, is_marked=False)


def cost_of_ours(images: int) -> Cost:
    """The cost with our storage on SQLite and our reporting."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_dagster(Settings(home=Path(folder))) as instance,
    ):
        return cost_of_run(instance, reported_by_image, images, is_marked=True)


def cost_of_run(
    instance: dg.DagsterInstance, asset: dg.AssetsDefinition, images: int, *, is_marked: bool
) -> Cost:
    """Run the asset on a range of ``images`` new keys and time the two halves."""
    keys = [f"image-{number:06d}-0123456789ab" for number in range(images)]
    instance.add_dynamic_partitions("bench_images", keys)
    job = dg.Definitions(
        assets=[asset], jobs=[dg.define_asset_job("bench")], executor=dg.in_process_executor
    ).resolve_job_def("bench")
    tags = {
        "dagster/asset_partition_range_start": keys[0],
        "dagster/asset_partition_range_end": keys[-1],
    }
    began = time.perf_counter()
    run = instance.create_run_for_job(job, run_config=QUIET, tags=tags)
    announced = time.perf_counter()
    if is_marked:
        mark_run(instance, run)
    execute_run(InMemoryJob(job), instance.get_run_by_id(run.run_id) or run, instance)
    reported = time.perf_counter()
    stored = len(instance.get_materialized_partitions(asset.key))
    if stored != images:
        raise RuntimeError(f"{stored} of {images} images were reported")
    per_image = 1000 / images
    return Cost((announced - began) * per_image, (reported - announced) * per_image)


def main() -> None:
    """Print both costs and their ratio."""
    ours = cost_of_ours(IMAGES)
    stock = cost_of_stock(IMAGES)
    lines = [
        f"Dagster bookkeeping, ms per image and asset ({IMAGES:,} images, SQLite)",
        f"{'':10}{'announce':>10}{'report':>10}{'total':>10}",
        *(
            f"{name:10}{cost.announce_ms:>10.2f}{cost.report_ms:>10.2f}{cost.total_ms:>10.2f}"
            for name, cost in (("ours", ours), ("stock", stock))
        ),
        f"ratio {stock.total_ms / ours.total_ms:.0f} ({TARGETS})",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
