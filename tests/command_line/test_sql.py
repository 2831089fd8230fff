"""``media sql``: one read-only query, in any format."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import corpus_rows

pytestmark = pytest.mark.usefixtures("corpus")
QUERY = "select outcome, count(*) as n from images group by outcome order by outcome"
COUNT = len(corpus_rows())


def test_a_table_for_people(media: Media) -> None:
    result = media("sql", QUERY)

    assert result.exit_code == 0
    assert {"outcome", "ok", "rejected"} <= set(result.output.split())


def test_json_csv_and_parquet_hold_the_same(
    media: Media, ask_json: AskJson, tmp_path: Path
) -> None:
    as_json = ask_json("sql", QUERY, "--json")
    as_csv = media("sql", QUERY, "--format", "csv")
    target = tmp_path / "result.parquet"
    as_parquet = media("sql", QUERY, "-f", "parquet", "-o", str(target))

    assert sum(row["n"] for row in as_json) == COUNT
    read = csv.DictReader(io.StringIO(as_csv.stdout))
    assert [{"outcome": row["outcome"], "n": int(row["n"])} for row in read] == as_json
    assert as_parquet.exit_code == 0
    assert pl.read_parquet(target).to_dicts() == as_json


def test_parquet_needs_a_file(media: Media) -> None:
    result = media("sql", QUERY, "--format", "parquet")

    assert result.exit_code == 1
    assert "name a file" in result.stderr


def test_the_query_may_come_from_standard_input(media: Media) -> None:
    result = media("sql", "-", "--format", "csv", stdin="select count(*) as n from images")

    assert result.stdout == f"n\n{COUNT}\n"


def test_live_and_published_tables_agree(ask_json: AskJson) -> None:
    assert ask_json("sql", QUERY, "--live", "--json") == ask_json("sql", QUERY, "--json")


@pytest.mark.parametrize("live", [(), ("--live",)], ids=["published", "live"])
@pytest.mark.parametrize(
    "query",
    [
        "copy images to '{target}'",
        "with x as (select 1) select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "attach '{target}' as other",
        "create table t as select 1",
        "delete from images",
        "set enable_external_access = true",
        "install httpfs",
        "select 1; drop table images",
    ],
)
def test_nothing_can_be_changed_or_reached(
    media: Media, tmp_path: Path, query: str, live: tuple[str, ...]
) -> None:
    target = tmp_path / "stolen"

    result = media("sql", query.format(target=target), *live)

    assert result.exit_code == 1
    assert result.stderr.startswith("media: ")
    assert "root:" not in result.output
    assert not target.exists()


def test_a_misspelt_table_gets_near_names(media: Media) -> None:
    result = media("sql", "from imagez")

    assert result.exit_code == 1
    assert "Near names: images" in result.stderr
