"""What a command that only reads must not import, so that it answers at once.

Measured on one core: Dagster costs 1.1 s, the decoders 0.4 s, sqlglot 0.3 s, polars 0.2 s.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from resources.rows.row_store import RowStore
from tests.support.main_job import copy_home
from tests.support.own_frames import own_query

ROOT = Path(__file__).parents[2]
WATCH = ROOT / "tests" / "support" / "import_watch.py"
ORCHESTRATION = ("dagster", "sqlalchemy", "grpc")
DECODERS = ("pyvips", "PIL", "imagecodecs", "pypdfium2", "pi_heif")
MODELS = ("torch", "open_clip", "onnxruntime", "rapidocr", "llama_cpp", "sklearn", "scipy")
PARSERS = ("sqlglot",)
TABLES = ("numpy", "polars", "pyarrow", "pandas", "lancedb")
FORBIDDEN = (*ORCHESTRATION, *DECODERS, *MODELS, *PARSERS)

READING = {
    "help": (("--help",), (*FORBIDDEN, *TABLES, "duckdb", "pydantic_settings")),
    "sql": (("sql", "select count(*) from images"), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "sql_live": (("sql", "--live", "from images"), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "find": (("find", "a"), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "show": (("show", "{image}"), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "failures": (("failures",), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "versions": (("versions", "{image}"), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "status": (("status",), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "search": (("search", "picture"), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "search_nothing": (("search", "zebra"), (*FORBIDDEN, *TABLES, "pydantic_settings")),
    "search_where": (
        ("search", "picture", "--where", "width_px > 1"),
        (*FORBIDDEN, *TABLES, "pydantic_settings"),
    ),
    "search_like": (("search", "--like", "{image}"), (*FORBIDDEN, *TABLES, "pydantic_settings")),
}
"""Command -> its arguments, and what it does without.

A search asks LanceDB from 50,000 vectors on.
"""


@pytest.fixture(scope="module")
def home(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that this program has prepared, with nothing to publish."""
    folder = tmp_path_factory.mktemp("reading")
    home = copy_home(finished_home, folder / "home")
    run(home, folder / "report", "sql", "select 1")
    return home


def run(home: Path, report: Path, *arguments: str, without: tuple[str, ...] = ()) -> None:
    """Run the command; ``report`` says which modules it imported that it must do without."""
    environment = {**os.environ, "MEDIA_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(WATCH), str(report), ",".join(without), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def an_image(home: Path) -> str:
    """The id of an image of the home."""
    found = own_query(home / "media.duckdb", "select min(image_id) from images")
    return str(found.item())


@pytest.mark.parametrize("command", READING)
def test_a_command_that_reads_imports_only_what_it_needs(
    home: Path, tmp_path: Path, command: str
) -> None:
    arguments, without = READING[command]
    words = [word.format(image=an_image(home)) for word in arguments]

    run(home, tmp_path / "report", *words, without=without)

    assert (tmp_path / "report").read_text() == ""


def test_rows_that_came_since_the_publication_are_read_without_more(
    home: Path, tmp_path: Path
) -> None:
    copied = copy_home(home, tmp_path / "home")
    run(copied, tmp_path / "first", "sql", "select 1")
    store = RowStore(copied / "rows")
    newest = store.current("image/perceptual_hash", [an_image(home)])
    rows = newest.drop("_seq", "_row", "_run_id")
    store.append("image/perceptual_hash", rows, run_id="", producer={})

    run(copied, tmp_path / "report", "sql", "--live", "from images", without=READING["sql_live"][1])

    assert (tmp_path / "report").read_text() == ""


def test_the_watch_names_the_chain_of_imports(home: Path, tmp_path: Path) -> None:
    """Else the tests above could pass because nothing is watched."""
    run(home, tmp_path / "report", "sql", "select 1", "-f", "csv", without=("polars",))

    chain = (tmp_path / "report").read_text()
    assert chain.startswith("__main__ -> ")
    assert "command_line.commands.sql -> " in chain
    assert chain.endswith(" -> polars")
