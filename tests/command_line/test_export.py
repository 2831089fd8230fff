"""``media export``: one self-contained record per image."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from media_assets.media import image_recipes
from resources.warehouse.text_forms import write_csv
from tests.command_line.conftest import Media
from tests.support.main_job import corpus_rows

pytestmark = pytest.mark.usefixtures("corpus")
COUNT = len(corpus_rows())


def test_a_record_holds_identity_sightings_and_provenance(media: Media) -> None:
    result = media("export", "--batch", "corpus")

    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert len(records) == COUNT
    for record in records:
        assert len(record["sha256"]) == 64
        assert record["sightings"][0]["batch"] == "corpus"
        assert {made["asset"] for made in record["provenance"]} == set(image_recipes())


def test_all_formats_hold_the_same_images(media: Media, tmp_path: Path) -> None:
    lines, parquet = tmp_path / "all.jsonl", tmp_path / "all.parquet"

    assert media("export", "-o", str(lines)).exit_code == 0
    assert media("export", "-f", "parquet", "-o", str(parquet)).exit_code == 0
    table = media("export", "-f", "csv").stdout

    wanted = [json.loads(line)["image_id"] for line in lines.read_text().splitlines()]
    assert len(wanted) == COUNT
    assert pl.read_parquet(parquet)["image_id"].to_list() == wanted
    assert [row["image_id"] for row in csv.DictReader(io.StringIO(table))] == wanted


def test_a_condition_chooses(media: Media) -> None:
    result = media("export", "--where", "format = 'heic' and outcome = 'ok'")

    (record,) = map(json.loads, result.stdout.splitlines())
    assert record["file_name"] == "good__thumbor__image.heic"


def test_an_unknown_batch_is_named(media: Media) -> None:
    """An empty export with exit code 0 looked like done."""
    result = media("export", "--batch", "it's none")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no batch" in result.stderr
    assert "it's none" in result.stderr


def test_a_condition_that_reaches_for_files_is_refused(media: Media) -> None:
    result = media("export", "--where", "exists (from read_text('/etc/passwd'))")

    assert result.exit_code == 1
    assert "cannot export" in result.stderr


def test_a_wrong_condition_is_shown_without_our_own_sql(media: Media, tmp_path: Path) -> None:
    for to_where in ([], ["--xmp", str(tmp_path / "sidecars")]):
        said = media("export", *to_where, "--where", "(no_such_column = 1").stderr
        assert "cannot export" in said
        assert "(no_such_column = 1" in said
        assert "LINE" not in said
        assert "order" not in said


def test_parquet_needs_a_file(media: Media) -> None:
    assert media("export", "-f", "parquet").exit_code == 1


def test_a_cell_that_a_spreadsheet_would_run_is_quoted() -> None:
    frame = pl.DataFrame({"title": ["=1+1", "plain", None], "n": [-1, 2, 3]})

    assert write_csv(frame) == "title,n\n'=1+1,-1\nplain,2\n,3\n"
