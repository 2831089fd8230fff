"""Both peers and us on the same pictures: ``python -m benchmarks.peers VENVS [PICTURES]``.

200 JPEGs of 12 MP without a second argument. The peers make three thumbnails, EXIF and SHA-256 of
each, as their experts would write it; we make these and, in the same visit, a viewing copy, a model
input, colors, a perceptual hash and technical metadata. Each starts from nothing, with its
interpreter and its database. ``VENVS`` holds one environment per peer (``make bench-peers``).
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bars import check, note
from benchmarks.end_to_end import first_thumbnail
from benchmarks.photographs import make_photographs
from benchmarks.processes import Cost, cost_of_command
from media_assets.execution.stages import first_stage
from media_assets.images.medium import images
from media_assets.media import image_recipes
from resources.rows.row_store import RowStore

PICTURES = 200
PEERS = ("pixeltable", "datachain")
HERE = Path(__file__).parent
BAR = 1.0
"""Times the better peer, in CPU-seconds and in wall clock."""

ALSO_THEIRS = ("source_record", "embedded_metadata", "thumbnails")
"""What of ours the peers make too; all else of the first stage is more than they do."""


@dataclass(frozen=True)
class Result:
    """What a program needed for ``count`` pictures, and when the first could be asked for."""

    cost: Cost
    first_seconds: float
    count: int

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per picture."""
        return self.cost.cpu_seconds * 1000 / self.count


def of_peer(name: str, venvs: Path, pictures: Path, scratch: Path, count: int) -> Result:
    """Run one peer's program. Raises RuntimeError when not every picture came out."""
    target = scratch / name / "thumbnails"
    target.mkdir(parents=True)
    settings = {
        "PYTHONPATH": str(HERE),
        "DO_NOT_TRACK": "1",
        "TQDM_DISABLE": "1",
        "PIXELTABLE_HOME": str(scratch / name / "home"),
        "DATACHAIN_ROOT_DIR": str(scratch / name / "home"),
    }
    python = str(venvs / name / "bin" / "python")
    command = [python, str(HERE / f"{name}_work.py"), str(pictures), str(target)]
    cost = cost_of_command(command, environment=settings, folder=scratch / name)
    said = dict(line.split(" ", 1) for line in cost.output.splitlines() if " " in line)
    if int(said["rows"]) != count:
        raise RuntimeError(f"{name} has rows for {said['rows']} of {count} pictures")
    return Result(cost, float(said["first"]) - cost.began, count)


def of_ours(pictures: Path, home: Path, count: int) -> Result:
    """Run our program. Raises RuntimeError when not every picture came out."""
    settings = {"MEDIA_HOME": str(home), "MEDIA_SETTLE_SECONDS": "0.1"}
    command = [sys.executable, "-m", "benchmarks.peers.our_work", str(pictures)]
    cost = cost_of_command(command, environment=settings)
    made = RowStore(home / "rows").scan("image/thumbnails").collect()
    if made["outcome"].to_list() != ["ok"] * count:
        raise RuntimeError(f"not every picture came out: {made['outcome'].value_counts()}")
    return Result(cost, first_thumbnail(home) - cost.began, count)


def report(results: dict[str, Result]) -> bool:
    """Print what each needed; whether ours needs no more than the better peer."""
    print(f"{'':14}{'wall s':>8}{'CPU-ms each':>13}{'first after s':>15}{'peak MiB':>10}")
    for name, one in results.items():
        peak = one.cost.peak_bytes / 2**20
        print(
            f"  {name:<12}{one.cost.seconds:>8.1f}{one.cpu_ms:>13.0f}"
            f"{one.first_seconds:>15.1f}{peak:>10.0f}"
        )
    ours, peers = results["ours"], [results[name] for name in PEERS]
    best_cpu, best_wall = (
        min(one.cost.cpu_seconds for one in peers),
        min(one.cost.seconds for one in peers),
    )
    first = min(one.first_seconds for one in peers)
    return all(
        [
            check("CPU-seconds, times the better peer's", ours.cost.cpu_seconds / best_cpu, BAR),
            check("wall clock, times the better peer's", ours.cost.seconds / best_wall, BAR),
            check("first picture, times the earlier peer's", ours.first_seconds / first, BAR),
        ]
    )


def report_extras(home: Path) -> None:
    """Print how long each derivative took per picture, theirs and ours alone."""
    store = RowStore(home / "rows")
    print("Of our time per picture in a decoder process, wall clock:")
    for name in first_stage(images):
        seconds = store.scan(image_recipes()[name].table).collect()["seconds"].mean()
        whose = "" if name in ALSO_THEIRS else "ours alone"
        note(name, float(str(seconds)) * 1000, "ms", whose)


def main(venvs: Path, count: int = PICTURES) -> bool:
    """Run all three; return whether all bars are met."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        pictures = scratch / "pictures"
        make_photographs(pictures, count)
        results = {name: of_peer(name, venvs, pictures, scratch, count) for name in PEERS}
        results["ours"] = of_ours(pictures, scratch / "home", count)
        print(f"{count} JPEGs of 12 MP: thumbnails, EXIF, SHA-256")
        is_met = report(results)
        report_extras(scratch / "home")
    return is_met


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1]), *map(int, sys.argv[2:])) else 1)
