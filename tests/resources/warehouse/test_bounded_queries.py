"""Facts about queries that want too much: each is ended, says why, and leaves nothing behind.

Every text here made the program that asked grow, hang or break while it ran queries itself.
"""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import psutil
import pytest

from resources.warehouse.bounded_queries import BoundedQueries
from resources.warehouse.query_cancellation import Cancellation
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_limits import VISITOR
from resources.warehouse.read_only_query import ask_once
from resources.warehouse.table_opening import file_opening
from tests.support.child_processes import started

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
MIB = 1024**2

LIMITS = replace(VISITOR, memory_bytes=300 * MIB, cpu_seconds=1, wall_seconds=20)
"""The processor's time is what is tested: a busy machine may take longer by the clock."""

ENDLESS = "select count(*) from range(1000000000000) where hash(range) = 9"

SAID = r"allowed|more than [\d,]+ (rows|values)|limit|maximum|out of range"
"""What was too much; some functions of DuckDB have limits of their own."""

PROCESS_BYTES = 200 * MIB
"""What Python, DuckDB and an open database need without any query, with room."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bounded") / "media.duckdb"
    rows = "select range as id, 'a' || range as name from range(1000)"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table images as {rows}")
    return path


@pytest.fixture
def queries(database: Path) -> Iterator[BoundedQueries]:
    with BoundedQueries(file_opening(database), LIMITS) as queries:
        yield queries


def nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + "1" + closing * depth


TOO_COSTLY = {
    "list": "select list(range) from range(100000000)",
    "list_of_lists": "select list(list_value(range, range)) from range(50000000)",
    "repeat": "select repeat('x', 3000000000)",
    "repeat_twice": "select repeat(repeat('x', 100000), 100000)",
    "repeat_measured": "select length(repeat('x', 2000000000))",
    "lpad": "select lpad('x', 2000000000, 'y')",
    "string_agg": "select string_agg(repeat('x', 1000), '') from range(5000000)",
    "cell_of_a_gigabyte": "select repeat('x', 1000000000)",
    "blob": "select encode(repeat('x', 1000000000))",
    "cross_join": "select count(*) from range(1000000) a, range(1000000) b where hash(a, b) = 1",
    "cross_join_sorted": "from range(1000000) a, range(1000000) b order by hash(a, b) limit 1",
    "distinct": "select count(distinct (a.range, b.range)) from range(100000) a, range(100000) b",
    "window": "select max(x) from (select list(range) over (order by range) x from range(100000))",
    "recursive": "with recursive r as (select 1 as i union all select i + 1 from r) "
    "select count(*) from r",
    "recursive_growing": "with recursive r as (select 'x' as t union all select t || t from r) "
    "select max(length(t)) from r",
    "unnest": "select count(*) from (select unnest(range(100000000))), range(10000)",
    "generate_series": "select generate_series(1, 1000000000)",
    "json": "select json_object('x', x) from (select list(range) x from range(50000000))",
    "json_group": "select json_group_array(range) from range(50000000)",
    "lambda": "select list_transform(range(30000000), lambda x: range(1000))",
    "reduce": "select list_reduce(range(1000000), lambda x, y: x + length(repeat('x', y::int)))",
    "printf": "select printf('%2000000000d', 1)",
    "format": "select format('{:>2000000000}', 'x')",
    "array_resize": "select list_resize([1], 1000000000)",
    "bitstring": "select bitstring('1', 2000000000)",
    "regexp": "select count(*) from range(100000) where regexp_matches(repeat('a', 100000) || range, "  # noqa: E501
    "'(a?){500}b')",
    "regexp_replace": "select length(regexp_replace(repeat('a', 3000000), '', "
    "repeat('b', 10000), 'g'))",
    "levenshtein": "select levenshtein(repeat('a', 200000), repeat('b', 200000))",
    "factorial_sum": "select sum(factorial(20)) from range(100000000000)",
    "power_of_joins": "select count(*) from " + ", ".join(f"range(1000) t{n}" for n in range(8)),
    "quantile": "select quantile(range, 0.5) from range(1000000000)",
    "pivot": "pivot (from range(100000)) on range using count(*)",
    "histogram": "select histogram(range) from range(30000000)",
    "translate": "select replace(repeat('a', 100000000), 'a', 'bcd')",
    "map": "select map(range(20000000), range(20000000))",
    "ctes_that_double": "with a0 as (from range(10)), "
    + ", ".join(f"a{n} as (from a{n - 1} x, a{n - 1} y)" for n in range(1, 15))
    + " select count(*) from a14",
}
"""Name -> SQL that wants more memory or time than there is."""

HARD_TO_READ = {
    "parentheses": "select " + nested("(", ")", 60_000),
    "lists": "select " + nested("[", "]", 60_000),
    "lists_that_parse": "select " + nested("[", "]", 900),
    "records": "select " + nested("{'a':", "}", 900),
    "calls": "select " + nested("abs(", ")", 20_000),
    "casts": "select 1" + "::int" * 40_000,
    "minus": "select " + "- " * 100_000 + "1",
    "not": "select " + "not " * 50_000 + "true",
    "sum": "select " + "+".join(["1"] * 100_000),
    "and": "select " + " and ".join(["true"] * 40_000),
    "concatenated": "select " + "||".join(["'a'"] * 40_000),
    "cases": "select " + "case when true then " * 5_000 + "1" + " end" * 5_000,
    "subqueries": "select " + nested("(select ", ")", 5_000),
    "from_subqueries": "from " + "(from " * 5_000 + "images" + ")" * 5_000,
    "unions": " union all ".join(["select 1"] * 20_000),
    "ctes": "with " + ", ".join(f"t{n} as (select 1)" for n in range(10_000)) + " select 1",
    "json_text": "select json('" + nested("[", "]", 100_000) + "')",
    "json_cast": "select '" + nested("[", "]", 20_000) + "'::json::varchar[]",
    "type": "select null::int" + "[]" * 20_000,
    "record_type": "select null::" + "struct(a " * 5_000 + "int" + ")" * 5_000,
    "columns_of_one_name": "select " + ",".join(["1 as a"] * 10_000),
    "columns": "select " + ",".join(f"{n} as c{n}" for n in range(18_000)),
    "stars": "select " + ",".join(["*"] * 10_000) + " from images",
    "joins": "select count(*) from "
    + " join ".join(f"images t{n}" + (" using (id)" if n else "") for n in range(400)),
    "in_list": "select count(*) from images where id in ("
    + ",".join(str(n) for n in range(40_000))
    + ")",
    "names_looked_up": "from " + "x" * 200_000,
    "columns_looked_up": "select " + "x" * 200_000 + " from images",
    "grouping_sets": "select count(*) from images group by cube("
    + ",".join(f"id + {n}" for n in range(12))
    + ")",
    "like": "select count(*) from images where name like '" + "%a" * 50_000 + "'",
    "regexp_of_size": "select regexp_matches('a', '" + "(a{1000}){1000}" * 100 + "')",
    "surrogate": "select '\ud800'",
    "null_byte": "select '\0'",
    "too_long": "select '" + "x" * 300_000 + "'",
}
"""Name -> SQL that takes long, or breaks something, before it computes."""


@pytest.mark.parametrize("sql", TOO_COSTLY.values(), ids=TOO_COSTLY)
def test_what_costs_too_much_is_ended_and_says_which_limit(database: Path, sql: str) -> None:
    with pytest.raises(QueryError, match=SAID):
        ask_once(file_opening(database), sql, limits=LIMITS)


@pytest.mark.parametrize("sql", HARD_TO_READ.values(), ids=HARD_TO_READ)
def test_a_text_of_any_shape_is_answered_or_refused_in_time(
    queries: BoundedQueries, sql: str
) -> None:
    try:
        queries.ask(sql)
    except QueryError as error:
        said = str(error)
    else:
        said = ""

    assert "Traceback" not in said
    assert "RecursionError" not in said
    assert queries.ask("select 1").rows == [(1,)]


def test_memory_never_grows_beyond_the_limit(database: Path) -> None:
    """By what the kernel counted of all the processes that ever were children of another."""
    greedy = ("list", "repeat", "string_agg", "window", "json_group", "map", "regexp_replace")
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from tests.resources.warehouse import test_bounded_queries as these\n"
        "for name in sys.argv[2:]:\n"
        "    try:\n"
        "        these.ask_once(these.file_opening(Path(sys.argv[1])), these.TOO_COSTLY[name],"
        " limits=these.LIMITS)\n"
        "    except these.QueryError:\n"
        "        pass\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    command = [sys.executable, "-c", script, str(database), *greedy]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert int(done.stdout) * 1024 < LIMITS.memory_bytes + PROCESS_BYTES


TOO_LONG_AN_ANSWER = {
    "rows": ("from range(1000000)", "more than 100,000 rows"),
    "bytes": ("select repeat('x', 1000) from range(90000)", "longer than the 16 MiB"),
    "one_cell": ("select repeat('x', 20000000)", "longer than the 16 MiB"),
    "columns": ("select " + ",".join("1" * 1 for _ in range(600)), "600 columns, and 500"),
    "values": ("select range(2000) from range(1000)", "more than 1,000,000 values"),
    "text": ("select '" + "x" * 300_000 + "'", "longer than the 256 KiB"),
}


@pytest.mark.parametrize(("sql", "said"), TOO_LONG_AN_ANSWER.values(), ids=TOO_LONG_AN_ANSWER)
def test_an_answer_is_bounded_in_each_direction(
    queries: BoundedQueries, sql: str, said: str
) -> None:
    with pytest.raises(QueryError, match=said):
        queries.ask(sql)

    assert queries.ask("select 1").rows == [(1,)]


def test_time_on_the_clock_is_bounded_too(database: Path) -> None:
    limits = replace(LIMITS, wall_seconds=3, cpu_seconds=60)
    with pytest.raises(QueryError, match="stopped after 3 s, the time allowed"):
        ask_once(file_opening(database), ENDLESS, limits=limits)


def test_fifty_queries_at_once_get_their_own_answers(database: Path) -> None:
    patient = replace(LIMITS, wall_seconds=120)
    with (
        BoundedQueries(file_opening(database), patient) as queries,
        ThreadPoolExecutor(50) as threads,
    ):
        answers = threads.map(
            lambda n: queries.ask("select ?::int, name from images where id = ?", [n, n]).rows,
            range(50),
        )
        assert list(answers) == [[(n, f"a{n}")] for n in range(50)]


def test_processes_are_used_again_and_replaced_after_a_kill(queries: BoundedQueries) -> None:
    before = set(pids())
    for _ in range(4):
        queries.ask("select 1")
    assert set(pids()) == before

    for _ in range(2):
        with pytest.raises(QueryError):
            queries.ask(ENDLESS)

    assert queries.ask("select 1").rows == [(1,)]
    assert len(pids()) == len(before)
    assert not set(pids()) & before


def test_a_process_that_the_system_ended_is_replaced(queries: BoundedQueries) -> None:
    for pid in pids():
        os.kill(pid, signal.SIGKILL)
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)

    assert queries.ask("select 1").rows == [(1,)]


def test_when_all_are_busy_whoever_waits_is_told(database: Path) -> None:
    limits = replace(LIMITS, wall_seconds=6, cpu_seconds=60)
    with (
        BoundedQueries(file_opening(database), limits, warm=1) as queries,
        ThreadPoolExecutor(3) as threads,
    ):
        first = threads.submit(refused, queries, ENDLESS)
        wait_until_asked()
        others = [threads.submit(refused, queries, ENDLESS) for _ in range(2)]
        said = {one.result() for one in (first, *others)}

    assert "too many queries run already: ask again in a moment" in said


def test_a_client_that_goes_takes_its_query_along(queries: BoundedQueries) -> None:
    gone = Cancellation()
    threading.Timer(1, gone.cancel).start()

    with pytest.raises(QueryError, match="cancelled"):
        queries.ask(ENDLESS, cancellation=gone)
    with pytest.raises(QueryError, match="cancelled"):
        queries.ask("select 1", cancellation=gone)


def test_nothing_is_left_of_queries_that_were_ended(database: Path) -> None:
    before = sorted(database.parent.iterdir())
    with BoundedQueries(file_opening(database), LIMITS) as queries:
        for sql in (TOO_COSTLY["list"], ENDLESS, TOO_COSTLY["cross_join_sorted"]):
            refused(queries, sql)

    assert pids() == []
    assert sorted(database.parent.iterdir()) == before


KILLED = """
import sys
from pathlib import Path
from resources.warehouse.bounded_queries import BoundedQueries
from resources.warehouse.query_limits import OWNER
from resources.warehouse.table_opening import file_opening
queries = BoundedQueries(file_opening(Path(sys.argv[1])), OWNER)
print(*[child.pid for child in queries._children], flush=True)
queries.ask(sys.argv[2])
"""


def test_no_process_outlives_a_parent_that_is_killed(database: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(database), ENDLESS]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with started(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        children = [psutil.Process(int(pid)) for pid in process.stdout.readline().split()]
        while all(child.cpu_times().user < 1 for child in children):
            time.sleep(0.05)
        process.kill()
        process.wait()

    assert psutil.wait_procs(children, timeout=30)[1] == []


def test_no_secret_and_no_code_of_the_current_folder_is_in_the_process(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "duckdb.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("MEDIA_POSTGRES_URL", "postgresql://media:secret@localhost/media")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with BoundedQueries(file_opening(database), LIMITS, warm=1) as queries:
        assert queries.ask("select 1").rows == [(1,)]
        (pid,) = pids()
        found = Path(f"/proc/{pid}/environ").read_bytes()
        libraries = Path(f"/proc/{pid}/maps").read_text()

    assert b"secret" not in found
    assert b"MEDIA" not in found
    assert not [name for name in ("polars", "pyarrow", "PIL", "torch") if f"/{name}/" in libraries]


def test_no_file_grows_by_a_query(database: Path) -> None:
    with BoundedQueries(file_opening(database), LIMITS, warm=1) as queries:
        queries.ask("select 1")
        (pid,) = pids()
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)


WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-all"] * (os.geteuid() == 0)
"""Before a command: root runs it without root's capabilities, as an ordinary user has none."""

ORDINARY = """
import sys
from pathlib import Path
from resources.warehouse.query_error import QueryError
from resources.warehouse.query_limits import VISITOR
from resources.warehouse.read_only_query import read_only_rows
print(read_only_rows(Path(sys.argv[1]), "select count(*) from images").rows)
try:
    read_only_rows(Path(sys.argv[1]), "select list(range) from range(100000000)", limits=VISITOR)
except QueryError as error:
    print(error)
"""


@pytest.mark.parametrize("before", [[], WITHOUT_RIGHTS], ids=["as_this_user", "without_rights"])
def test_the_limits_hold_with_and_without_the_rights_of_root(
    database: Path, before: list[str]
) -> None:
    done = subprocess.run(
        [*before, sys.executable, "-c", ORDINARY, str(database)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "[(1000,)]\nthe query needs more memory than the 512 MiB allowed" in done.stdout, done


def refused(queries: BoundedQueries, sql: str) -> str:
    """Why the query is refused."""
    with pytest.raises(QueryError) as refusal:
        queries.ask(sql)
    return str(refusal.value)


def pids() -> list[int]:
    """The processes for queries that this process has."""
    return [
        child.pid
        for child in psutil.Process().children()
        if any("query_process" in word for word in child.cmdline())
    ]


def wait_until_asked() -> None:
    """Wait until the one process for queries computes."""
    (pid,) = pids()
    while psutil.Process(pid).cpu_times().user < 0.5:
        time.sleep(0.05)
