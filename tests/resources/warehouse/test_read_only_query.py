"""Facts about a user's SQL: it reads our tables, and can do nothing else."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from dbt_like_sql.models import build_views
from dbt_like_sql.updated_tables import update_tables
from resources.warehouse.bounded_queries import BoundedQueries
from resources.warehouse.live_views import publish_live_views
from resources.warehouse.publication import publish
from resources.warehouse.query_limits import OWNER
from resources.warehouse.read_only_query import QueryError, read_only_query
from resources.warehouse.result_frames import frame_of
from resources.warehouse.table_opening import file_opening
from tests.support.child_processes import started
from tests.support.synthetic_rows import SyntheticHome


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> SyntheticHome:
    media = SyntheticHome(tmp_path_factory.mktemp("queries") / "home")
    media.declare_recipes()
    media.finish(media.land("b1", "a.jpg", "b.jpg"))
    publish(media.home, media.store, update_tables)
    publish_live_views(media.home, media.store, build_views, "1")
    return media


POOLS: dict[Path, BoundedQueries] = {}
"""Queries on a file, from processes that are used again: to start one for each takes its time."""


@pytest.fixture(scope="module", autouse=True)
def pools(media: SyntheticHome) -> Iterator[None]:
    openings = [file_opening(media.home.warehouse), file_opening(media.home.live, media.home.rows)]
    with ExitStack() as ended:
        for opening in openings:
            pool = ended.enter_context(BoundedQueries(opening, OWNER, warm=1))
            POOLS[Path(opening.arguments[0])] = pool
        yield


def published(media: SyntheticHome, sql: str, *values: object) -> pl.DataFrame:
    return frame_of(POOLS[media.home.warehouse].ask(sql, values))


def live(media: SyntheticHome, sql: str) -> pl.DataFrame:
    return frame_of(POOLS[media.home.live].ask(sql))


READING = [
    "select file_name from images order by all",
    "from images select file_name order by all",
    "with names as (select file_name from images) from names order by all",
    (
        "with recursive r as (select 1 as i union all select i + 1 from r where i < 2) "
        "select file_name from images order by all limit (select max(i) from r)"
    ),
    "select file_name from images where outcome = 'ok' order by all -- a comment",
]


@pytest.mark.parametrize("sql", READING)
def test_both_files_answer_alike(media: SyntheticHome, sql: str) -> None:
    assert published(media, sql)["file_name"].to_list() == ["a.jpg", "b.jpg"]
    assert live(media, sql)["file_name"].to_list() == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    "sql", ["describe images", "show tables", "summarize images", "values (1)"]
)
def test_tables_can_be_explored(media: SyntheticHome, sql: str) -> None:
    assert not published(media, sql).is_empty()
    assert not live(media, sql).is_empty()


FORBIDDEN = {
    "copy_to": "copy images to '{rows}/stolen.csv'",
    "copy_within_with": "with x as (copy images to '{rows}/stolen.csv') select * from x",
    "insert_within_with": "with x as (insert into images by name select 'z' as image_id "
    "returning image_id) select * from x",
    "delete_within_with": "with x as (delete from images returning image_id) from x",
    "update_within_with": "with x as (update images set image_id = '1' returning image_id) from x",
    "copy_within_query": "from query('with x as (copy images to ''{rows}/stolen.csv'') from x')",
    "export": "export database '{rows}/stolen'",
    "attach_file": "attach '{rows}/stolen.duckdb'",
    "attach_memory": "attach ':memory:' as other",
    "detach": "detach media",
    "install": "install httpfs",
    "load": "load httpfs",
    "pragma": "pragma database_list",
    "set": "set memory_limit = '1GB'",
    "reset": "reset memory_limit",
    "unlock": "set lock_configuration = false",
    "external_access": "set enable_external_access = true",
    "allowed_directories": "set allowed_directories = ['/']",
    "create": "create table mine as select 1",
    "create_temp": "create temp table mine as select 1",
    "drop": "drop table images",
    "insert": "insert into images by name select 'z' as image_id",
    "update": "update images set image_id = 'z'",
    "delete": "delete from images",
    "explain_analyze": "explain analyze copy images to '{rows}/stolen.csv'",
    "prepare": "prepare p as select 1",
    "call": "call pragma_version()",
    "checkpoint": "checkpoint",
    "use": "use memory",
    "begin": "begin",
    "two_statements": "select 1; select 2",
    "hidden_second": "select 1; drop table images",
    "none": "",
    "only_comment": "-- nothing",
}
"""Name -> SQL; {rows} is a folder that live queries may read."""


@pytest.mark.parametrize("sql", FORBIDDEN.values(), ids=FORBIDDEN)
def test_whatever_is_not_one_select_is_refused(media: SyntheticHome, sql: str) -> None:
    statement = sql.format(rows=media.home.rows)
    before = sorted(media.home.root.rglob("*"))

    for run in (published, live):
        with pytest.raises(QueryError):
            run(media, statement)

    assert sorted(media.home.root.rglob("*")) == before


UNREACHABLE = {
    "read_text": "select * from read_text('/etc/passwd')",
    "read_blob": "select * from read_blob('/etc/passwd')",
    "read_csv": "select * from read_csv('/etc/passwd')",
    "read_json": "select * from read_json('/etc/passwd')",
    "read_parquet": "select * from read_parquet('/tmp/*.parquet')",
    "file_as_table": "select * from '/etc/passwd'",
    "sniff": "select * from sniff_csv('/etc/passwd')",
    "glob": "select * from glob('/*')",
    "network": "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "within_query": "select * from query('select * from read_text(''/etc/passwd'')')",
    "climbing_out": "select * from read_text('{rows}/../../secret.txt')",
    "original": "select * from read_blob('{rows}/../originals/*')",
    "environment": "select getenv('HOME')",
    "query_table": "from query_table('/etc/passwd')",
    "duckdb_of_a_stranger": "from read_duckdb('/tmp/x.duckdb')",
    "sqlite_of_a_stranger": "from sqlite_scan('{rows}/../landing.sqlite', 'files')",
    "lateral": "from images, lateral (from read_text('/etc/passwd'))",
    "lambda": "select list_transform([1], x -> (select content from read_text('/etc/passwd')))",
    "qualified": "from system.main.read_text('/etc/passwd')",
    "capitals": "from \"READ_TEXT\"('/etc/passwd')",
    "summarized": "summarize (from read_text('/etc/passwd'))",
    "address_in_memory": "from pandas_scan(1)",
    "python_variable": "from described",
    "log_to_a_file": "from enable_logging(storage := 'file')",
    "profile_to_a_file": "from enable_profiling()",
    "checkpoint_function": "from checkpoint()",
    "secrets": "select * from duckdb_secrets()",
    "settings": "from duckdb_settings()",
    "settings_of_postgres": "from pg_catalog.pg_settings",
    "one_setting": "select current_setting('allowed_directories')",
    "one_setting_by_method": "select 'allowed_directories'.current_setting()",
    "paths_of_databases": "from duckdb_databases",
    "paths_of_databases_by_function": "from duckdb_databases()",
    "paths_by_pragma": "from pragma_database_list",
    "log": "from duckdb_logs",
    "writing_to_the_log": "select write_log('forged', level := 'ERROR')",
    "waiting": "select sleep_ms(1)",
    "state_of_an_aggregate": "select finalize('x'::blob)",
    "internal_function": "select __internal_decompress_string(1::utinyint)",
    "memory": "from duckdb_memory()",
    "variables": "from duckdb_variables()",
    "extensions": "from duckdb_extensions()",
    "arrow_address": "from arrow_scan(1, 2, 3)",
    "python_frame": "from connection",
    "python_frame_of_sql": "from question",
    "scan_of_a_catalog_path": 'from "/etc/passwd"',
    "macro_of_logs": "from duckdb_logs_parsed('x')",
    "in_a_subquery": "select (select count(*) from duckdb_settings())",
    "in_a_set_operation": "select 'a' union all select content from read_text('/etc/passwd')",
    "positional": "from images positional join read_text('/etc/passwd')",
    "prepared": "execute p",
    "collation_extension": "select st_read('/etc/passwd')",
    "table_named": "table '/etc/passwd'",
    "pivot": "pivot (from read_text('/etc/passwd')) on filename using count(*)",
    "described": "describe from read_text('/etc/passwd')",
    "serialized": "select * from json_execute_serialized_sql(json_serialize_sql("
    "'select * from read_text(''/etc/passwd'')'))",
}


@pytest.mark.parametrize("sql", UNREACHABLE.values(), ids=UNREACHABLE)
def test_nothing_outside_the_tables_can_be_read(media: SyntheticHome, sql: str) -> None:
    (media.home.root.parent / "secret.txt").write_text("secret")
    statement = sql.format(rows=media.home.rows)

    for run in (published, live):
        with pytest.raises(QueryError):
            run(media, statement)


def test_a_misspelt_table_gets_its_near_names(media: SyntheticHome) -> None:
    with pytest.raises(QueryError, match=r"Table with name imges does not exist.*\n.*images"):
        published(media, "select * from imges")


def test_an_unknown_table_gets_the_list_of_all(media: SyntheticHome) -> None:
    with pytest.raises(QueryError, match=r"Tables: artifact_row(?!.*\.viewing).*\nAll of"):
        published(media, "select * from zzzzzz")


def test_a_misspelt_column_is_named(media: SyntheticHome) -> None:
    with pytest.raises(QueryError, match=r'"widht_px" not found.*\n.*width_px'):
        published(media, "select widht_px from images")


def test_a_syntax_error_says_where(media: SyntheticHome) -> None:
    with pytest.raises(QueryError, match=r"syntax error at or near \"selct\""):
        published(media, "selct 1")


def test_a_missing_file_says_how_it_comes_about(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="does not exist yet"):
        read_only_query(tmp_path / "media.duckdb", "select 1")


def test_values_fill_the_question_marks(media: SyntheticHome) -> None:
    found = published(media, "select image_id from images where file_name = ?", "a.jpg' or true")

    assert found.is_empty()


TYPES = {
    "text": ("'a'", pl.String(), "a"),
    "number": ("1::bigint", pl.Int64(), 1),
    "huge": ("170141183460469231731687303715884105727::hugeint", pl.Int128(), 2**127 - 1),
    "bytes": ("'a'::blob", pl.Binary(), b"a"),
    "when": (
        "timestamptz '2026-03-01 12:00:00+00'",
        pl.Datetime("us", "UTC"),
        datetime(2026, 3, 1, 12, tzinfo=UTC),
    ),
    "list": ("['a', null]", pl.List(pl.String()), ["a", None]),
    "record": ("{'a': [1]}", pl.Struct({"a": pl.List(pl.Int32())}), {"a": [1]}),
    "interval": ("interval 1 day", pl.Duration("us"), None),
    "before_christ": ("date '0044-03-15 (BC)'", pl.String(), "0044-03-15 (BC)"),
    "uuid": ("uuid '00000000-0000-0000-0000-000000000001'", pl.String(), None),
    "nothing": ("null", pl.String(), None),
}


@pytest.mark.parametrize(("sql", "dtype", "value"), TYPES.values(), ids=TYPES)
def test_values_keep_their_types(
    media: SyntheticHome, sql: str, dtype: pl.DataType, value: object
) -> None:
    column = published(media, f"select {sql} as x")["x"]

    assert column.dtype == dtype
    if value is not None:
        assert column.to_list() == [value]


def test_an_empty_result_keeps_its_columns(media: SyntheticHome) -> None:
    found = published(media, "select image_id, width_px from images where false")

    assert found.schema == pl.Schema({"image_id": pl.String(), "width_px": pl.Int64()})


def test_columns_of_one_name_are_told_apart(media: SyntheticHome) -> None:
    assert published(media, "select 1 as a, 2 as a, 3 as a").columns == ["a", "a_2", "a_3"]


INTERRUPTED = """
import signal, sys
from pathlib import Path
from resources.warehouse.read_only_query import read_only_query
signal.signal(signal.SIGINT, signal.default_int_handler)
print("ready", flush=True)
sql = "select count(*) from range(300000000) where hash(range) = 9"
while True:  # the signal may come before the query has begun to compute
    read_only_query(Path(sys.argv[1]), sql)
"""


def test_ctrl_c_ends_a_query(media: SyntheticHome) -> None:
    with started(
        [sys.executable, "-c", INTERRUPTED, str(media.home.warehouse)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert said.strip().endswith("KeyboardInterrupt")
