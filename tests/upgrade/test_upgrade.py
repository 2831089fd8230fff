"""Today's code on the homes that older versions left: all is readable, nothing is made again.

The homes are stored beside this file; ``make_home`` makes those of later versions.
"""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from typer.testing import CliRunner

from command_line.main import app
from command_line.queries.tables import is_read_only
from media_assets.images.medium import images
from media_assets.media import image_recipes
from resources.configuration.media_home import MediaHome
from schedules.unfinished_sources import unfinished
from tests.support.main_job import MainJob, files_below, main_job, pictures

pytestmark = pytest.mark.slow

HOMES = sorted(Path(__file__).parent.glob("home-*.tar.xz"))
DECIDED_BY_ALL_DERIVATIVES = {
    *("outcome", "reason", "status", "finished_at", "closing_line"),
    *("ok", "degraded", "unsupported", "rejected", "failed", "in_progress"),
}
"""Columns that also tell of derivatives which an older version did not make."""

RENEWED_UNASKED = {"sidecar_metadata", "catalogue_record"}
"""What people and sidecars say is used at once: it costs next to nothing."""
MADE_OTHERWISE = {
    *("viewing_copy", "thumbnails", "model_input"),
    *("caption", "description", "embedded_metadata", "picture_facts"),
    *RENEWED_UNASKED,
}
"""Derivatives whose code version was raised since."""

Record = dict[str, Any]


@dataclass(frozen=True)
class OldHome:
    """A home as an older version left it, and what that version said of it."""

    job: MainJob
    expected: Record

    def ask(self, *arguments: str) -> Any:
        """The JSON document that ``media`` prints."""
        result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture(params=HOMES, ids=lambda path: path.name.partition(".")[0])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldHome]:
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    assert not (tmp_path / "home" / "locks").exists()
    assert not is_read_only(MediaHome(tmp_path / "home")), "it may be written all the same"
    with main_job(tmp_path / "home") as job:
        yield OldHome(job, json.loads((tmp_path / "home" / "expected.json").read_text()))


def as_json(rows: object) -> Any:
    return json.loads(json.dumps(rows, default=str))


def told(table: str, record: Record) -> Record:
    """The columns that say today what they said then."""
    left_out = {"position"} if table == "artifacts" else DECIDED_BY_ALL_DERIVATIVES
    return {name: record[name] for name in record if name not in left_out}


def row_counts(old: OldHome) -> dict[str, int]:
    """Rows per table; that version counted those twice which were just folded (thumbnails were)."""
    return {**old.expected["row_count"], "image/thumbnails": 8}


def test_every_row_of_an_old_home_is_read_as_it_was(old: OldHome) -> None:
    found = {name: old.job.store.scan(name).collect() for name in old.expected["row_count"]}

    assert {name: rows.height for name, rows in found.items() if "recipe" not in name} == {
        name: count for name, count in row_counts(old).items() if "recipe" not in name
    }
    results = old.job.results()
    for asset, rows in old.expected["results"].items():
        assert sorted(as_json(list(results[asset])), key=str) == rows, asset


def test_the_commands_answer_on_an_old_home(old: OldHome) -> None:
    image_id = old.expected["tables"]["images"][0]["image_id"]

    assert old.ask("status")["batches"][0]["batch"] == "letters"
    assert old.ask("sql", "select count(*) as images from images") == [{"images": 8}]
    assert old.ask("sql", "select distinct medium from sources") == [{"medium": "image"}]
    assert image_id in json.dumps(old.ask("show", image_id))
    assert not any(finding["is_fault"] for finding in old.ask("doctor"))


def test_the_events_of_an_old_home_are_shown(old: OldHome) -> None:
    """They lie in a file per run, and plainly."""
    instance, thumbnails = old.job.instance, dg.AssetKey(["image", "thumbnails"])
    made = [
        event.asset_materialization.partition
        for run in instance.get_runs()
        for event in instance.all_logs(
            run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
        )
        if event.asset_materialization and event.asset_materialization.asset_key == thumbnails
    ]
    records = instance.fetch_materializations(thumbnails, limit=1000).records

    assert set(made) == instance.get_materialized_partitions(thumbnails)
    assert len(set(made)) == row_counts(old)["image/thumbnails"]
    assert sorted(map(str, made)) == sorted(str(record.partition_key) for record in records)


def test_the_caches_of_an_old_home_are_migrated(old: OldHome) -> None:
    """What the published tables said then they still say, in the columns they had."""
    old.ask("rebuild")

    for table, records in old.expected["tables"].items():
        columns = ", ".join(f'"{name}"' for name in told(table, records[0]))
        query = f"select {columns} from {table}"
        if table == "artifacts":
            query += f" where asset in {tuple({one['asset'] for one in records})}"
        rows = as_json(old.job.sql(query))
        assert sorted(map(str, rows)) == sorted(
            str(list(told(table, record).values())) for record in records
        ), table


def test_only_new_derivatives_are_missing_in_an_old_home_and_only_they_are_made(
    old: OldHome,
) -> None:
    """What is stale under today's recipes stays as it is: making it again is a decision."""
    new = sorted(image_recipes().keys() - set(old.expected["assets"]))
    originals = files_below(old.job.settings.media_home.originals)
    old.ask("rebuild")
    missing = "select distinct asset from gaps where gap in ('missing', 'failed') order by all"

    assert old.job.sql(missing) == [(name,) for name in new]
    old.ask("retry")

    made = old.job.row_count()
    for asset in old.expected["assets"]:
        assert made[f"image/{asset}"] == row_counts(old)[f"image/{asset}"], asset
    assert files_below(old.job.settings.media_home.originals) == originals
    renewed = {
        asset
        for assets in unfinished(old.job.settings, old.job.instance, images).values()
        for asset in assets
    }
    assert renewed == RENEWED_UNASKED & set(old.expected["assets"])


def test_only_what_is_made_otherwise_since_is_stale_and_says_why(old: OldHome) -> None:
    """Writers are told the facts by ``picture_facts``; metadata are read with more care."""
    old.ask("rebuild")
    stale = old.job.sql(
        "select distinct asset, why from gaps where gap = 'stale' and asset != 'source_record' "
        "order by all"
    )
    assert {asset for asset, _ in stale} == MADE_OTHERWISE & set(old.expected["assets"])
    assert all("code version 1 -> " in str(why) for _, why in stale)


def test_what_is_stale_is_made_again_when_a_person_asks_as_the_first_command(
    old: OldHome,
) -> None:
    """What it is made from is made along where it is missing: ``picture_facts``."""
    old.ask("models", "update")

    assert old.job.sql("select asset from gaps where gap = 'stale'") == []
    newest = "select distinct code_version from image.caption where outcome = 'ok'"
    if "caption" in old.expected["assets"]:
        assert old.job.sql(newest) == [("2",)]


def test_an_old_home_takes_new_pictures_and_knows_the_old_ones(old: OldHome) -> None:
    old.job.add("later", pictures(6))

    counts = "select accepted, duplicates from batches where batch = 'later'"
    assert old.job.sql(counts) == [(1, 5)]
