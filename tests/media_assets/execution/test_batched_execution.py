"""One bad image harms only itself, in the rows and in Dagster; repairs touch nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from command_line.main import app
from media_assets.media import image_recipes
from resources.landing.ingest import look_at_landing
from resources.orchestration.run_tags import RENDITIONS, STAGE_TAG
from resources.sources.originals import Source
from tests.media_assets.conftest import MakeSource
from tests.support.main_job import MainJob, copy_home, main_job, pictures
from tests.support.metadata_files import thumbnails_of
from tests.support.running_service import wait_until

BAD = "picture1.png"
WITHOUT_PICTURE = ("sidecar_metadata", "catalogue_record", "text_embedding")
"""Made of whatever is said of a file, be it readable or not."""

OUTCOMES = "select asset, outcome, is_unfinished from artifacts where image_id = ?"
VERSIONS = "select code_version from image_history.thumbnails where image_id = ? order by _seq"


@pytest.fixture(scope="module")
def home_with_a_lost_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("lost") / "home"
    with main_job(home) as job:
        process_with(job, lambda: hide_original(job))
    return home


@pytest.fixture
def job(home_with_a_lost_original: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(home_with_a_lost_original, tmp_path / "home")) as job:
        yield job


@pytest.fixture
def finished(finished_home: Path, tmp_path: Path) -> Iterator[MainJob]:
    with main_job(copy_home(finished_home, tmp_path / "finished")) as job:
        yield job


def media(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def process_with(job: MainJob, spoil: Callable[[], None]) -> list[dg.DagsterRunStatus]:
    """Process four pictures; ``spoil`` is called when they are taken and nothing is made yet."""
    job.drop("small", pictures(4))
    found = look_at_landing(job.settings)

    def is_taken() -> bool:
        nonlocal found
        found = look_at_landing(job.settings)
        return bool(found.chunks)

    wait_until(is_taken)
    spoil()
    return list(job.work().runs)


def hide_original(job: MainJob) -> None:
    """As if the disk had lost one file."""
    original = job.original_of(job.image_of(BAD))
    original.rename(original.with_suffix(".hidden"))


def bring_back_original(job: MainJob) -> None:
    original = job.original_of(job.image_of(BAD))
    original.with_suffix(".hidden").rename(original)


def thumbnail_folders(home: Path, source: Source) -> list[Path]:
    """Where the thumbnails of the bad picture go, relative to the home: of its visit, and alone.

    In a visit the pixels of the viewing copy are at hand; alone they are read from its JPEG.
    """
    with main_job(home) as job:
        (row,) = job.store.current("image/thumbnails", [job.image_of(BAD)]).to_dicts()
    paths = [row["files"][0]["path"], thumbnails_of(source).small.path]
    return [Path(path).parent for path in paths]


def made_from(asset: str) -> set[str]:
    """The asset and all that cannot be made without it."""
    found = {asset}
    for name, recipe in image_recipes().items():
        if (set(recipe.inputs) - recipe.optional_inputs) & found:
            found.add(name)
    return found


def outcomes(job: MainJob, file_name: str) -> dict[object, tuple[object, object]]:
    rows = job.sql(OUTCOMES, job.image_of(file_name))
    return {asset: (outcome, is_unfinished) for asset, outcome, is_unfinished in rows}


def statuses_of(job: MainJob, file_name: str) -> dict[str, str | None]:
    return {asset: job.statuses(asset)[job.image_of(file_name)] for asset in image_recipes()}


def test_a_vanished_original_fails_its_image_everywhere_and_no_other(job: MainJob) -> None:
    (run,) = [run for run in job.runs() if run.tags.get(STAGE_TAG) == RENDITIONS]
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert outcomes(job, BAD) == {
        **dict.fromkeys(image_recipes(), ("skipped", True)),
        **dict.fromkeys(WITHOUT_PICTURE, ("ok", False)),
        "source_record": ("failed", True),
    }
    assert statuses_of(job, BAD) == {
        **dict.fromkeys(image_recipes(), "FAILED"),
        **dict.fromkeys(WITHOUT_PICTURE, "MATERIALIZED"),
    }
    for other in ("picture0.png", "picture2.png", "picture3.png"):
        assert outcomes(job, other) == dict.fromkeys(image_recipes(), ("ok", False))
        assert statuses_of(job, other) == dict.fromkeys(image_recipes(), "MATERIALIZED")
    assert job.sql("select status, ok, failed from batches") == [("complete", 3, 1)]


def test_retry_mends_what_failed_and_nothing_else(job: MainJob) -> None:
    rows = job.row_count()

    bring_back_original(job)
    answer = media("retry")

    assert answer.exit_code == 0
    assert "1 image(s) in 1 run(s)" in answer.output
    assert outcomes(job, BAD) == dict.fromkeys(image_recipes(), ("ok", False))
    assert statuses_of(job, BAD) == dict.fromkeys(image_recipes(), "MATERIALIZED")
    grown = {name: count - rows[name] for name, count in job.row_count().items()}
    assert {name: count for name, count in grown.items() if count} == {
        "curation/retry_request": 1,
        **{f"image/{asset}": 1 for asset in image_recipes() if asset != "sidecar_metadata"},
    }
    assert media("retry").output == "Nothing to do.\n"


def test_a_file_that_cannot_be_written_fails_what_needs_it(
    finished_home: Path, tmp_path: Path, make_source: MakeSource
) -> None:
    folders = thumbnail_folders(finished_home, make_source(pictures(4)[BAD]))
    with main_job(tmp_path / "blocked") as job:
        blocked = [job.settings.home / folder for folder in folders]

        def block() -> None:
            for path in blocked:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("a file where a folder should be")

        ended = process_with(job, block)

        assert ended[0] is dg.DagsterRunStatus.FAILURE
        assert outcomes(job, BAD) == {
            **dict.fromkeys(image_recipes(), ("ok", False)),
            **dict.fromkeys(made_from("thumbnails"), ("skipped", True)),
            "thumbnails": ("failed", True),
        }
        assert statuses_of(job, BAD) == {
            **dict.fromkeys(image_recipes(), "MATERIALIZED"),
            **dict.fromkeys(made_from("thumbnails"), "FAILED"),
        }
        assert set(statuses_of(job, "picture2.png").values()) == {"MATERIALIZED"}

        for path in blocked:
            path.unlink()
        assert media("retry").exit_code == 0
        assert statuses_of(job, BAD) == dict.fromkeys(image_recipes(), "MATERIALIZED")
        assert job.sql("select count(*) from images where outcome = 'ok'") == [(4,)]


def as_if_made_by_an_older_recipe(job: MainJob, image_id: str) -> None:
    """Append the thumbnails' row once more, as code version 0 would have written it."""
    row = job.store.current("image/thumbnails", [image_id])
    older = row.select(pl.exclude("_seq", "_row", "_run_id")).with_columns(
        code_version=pl.lit("0"), fingerprint=pl.lit("0" * 64)
    )
    job.store.append("image/thumbnails", older, run_id="older", producer={"code_version": "0"})
    job.carry_out([])


def identities(results: dict[str, set[tuple[object, ...]]]) -> dict[str, set[tuple[object, ...]]]:
    """The results without the bytes of thumbnails.

    Those are made from the stored viewing copy now, a JPEG, and before from its pixels.
    """
    without_files = {row[:-1] for row in results["thumbnails"]}
    return {**results, "thumbnails": without_files}


def test_reprocess_renews_what_an_older_recipe_made_and_keeps_the_history(
    finished: MainJob,
) -> None:
    image_id = finished.image_of(BAD)
    results = finished.results()
    as_if_made_by_an_older_recipe(finished, image_id)
    rows = finished.row_count()

    gaps = finished.sql("select image_id, asset, gap, why from gaps order by asset")
    assert gaps == [
        (image_id, "dominant_colors", "stale", "input thumbnails was made again"),
        (image_id, "perceptual_hash", "stale", "input thumbnails was made again"),
        (image_id, "thumbnails", "stale", "code version 0 -> 2"),
    ]
    assert media("retry").output == "Nothing to do.\n"

    answer = media("reprocess", image_id, "--asset", "thumbnails")

    assert answer.exit_code == 0
    assert finished.sql("select * from gaps") == []
    assert identities(finished.results()) == identities(results)
    grown = {name: count - rows[name] for name, count in finished.row_count().items()}
    assert {name: count for name, count in grown.items() if count} == {"image/thumbnails": 1}
    assert finished.sql(VERSIONS, image_id) == [("2",), ("0",), ("2",)]
