"""Who may import whom, and how long a function may be: rules hold only if a test holds them."""

import ast
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from media_assets.media import all_media, medium_folders

ROOT = Path(__file__).parent.parent
BELOW = {"media_assets", "dbt_like_sql", "resources"}
MAY_IMPORT = {
    "resources": set(),
    "media_assets": {"resources"},
    "dbt_like_sql": {"resources"},
    "sensors": BELOW,
    "schedules": BELOW,
    "definitions": BELOW | {"sensors", "schedules"},
    "web": BELOW,
    "samples": set(),
    "command_line": BELOW | {"sensors", "schedules", "definitions", "web", "samples"},
    "benchmarks": BELOW | {"sensors", "schedules", "definitions", "command_line", "samples"},
}
"""Package -> the other packages of ours that its modules may import."""

DAGSTER_INTERNALS = {
    "benchmarks/dagster_cost.py": "tests/resources/orchestration/test_event_storage.py",
    "command_line/service/after_code_server.py": "tests/command_line/test_service.py",
    "command_line/service/prepared_process.py": "tests/command_line/test_service.py",
    "command_line/service/runs.py": "tests/command_line/test_foreground.py",
    "command_line/service/service.py": "tests/command_line/test_service.py",
    "resources/orchestration/clock_steps.py": "tests/resources/orchestration/test_clock_steps.py",
    "resources/orchestration/dagster_home.py": "tests/resources/orchestration/test_dagster_home.py",
    "resources/orchestration/dagster_logs.py": "tests/command_line/test_json_logs.py",
    "resources/orchestration/event_rows.py": "tests/resources/orchestration/test_event_rows.py",
    "resources/orchestration/event_storage.py": (
        "tests/resources/orchestration/test_event_storage.py"
    ),
    "resources/orchestration/event_storage_postgres.py": (
        "tests/resources/orchestration/test_event_storage_postgres.py"
    ),
    "resources/orchestration/materialization_log.py": (
        "tests/resources/orchestration/test_materialization_log.py"
    ),
    "resources/orchestration/packed_events.py": (
        "tests/resources/orchestration/test_packed_events.py"
    ),
    "resources/orchestration/run_coordinator.py": (
        "tests/resources/orchestration/test_run_coordinator.py"
    ),
    "resources/orchestration/run_launcher.py": "tests/resources/orchestration/test_run_launcher.py",
    "resources/orchestration/run_tags.py": "tests/resources/orchestration/test_run_coordinator.py",
    "resources/orchestration/superseded_events.py": (
        "tests/resources/orchestration/test_superseded_events.py"
    ),
    "web/guard/dagster_ui.py": "tests/web/guard/test_doors.py",
    "web/guarded_webserver.py": "tests/web/guard/test_guarded_webserver.py",
    "web/guard/viewer_graphql.py": "tests/web/guard/test_shipped_queries.py",
    "web/health/orchestration.py": "tests/web/health/test_door.py",
    "web/health/parts.py": "tests/web/health/test_door.py",
}
"""The only files that may rely on what Dagster does not promise, each with the test that fails
loudly when it changes."""

LONGEST_FUNCTION = 50
LONGEST_MODULE = 300


def modules(package: str) -> list[Path]:
    single = ROOT / f"{package}.py"
    return [single] if single.exists() else sorted((ROOT / package).rglob("*.py"))


def all_modules() -> list[Path]:
    return [path for package in MAY_IMPORT for path in modules(package)]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(path: Path) -> Iterator[str]:
    """Every name that a module imports, in full: ``resources.rows.table.Table``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def folder_graph() -> dict[str, set[str]]:
    """Folder -> the folders that its own modules import from.

    The modules that lie in a package itself are a folder of their own, beside its subfolders. A
    package's ``__init__`` is its docstring and belongs to no folder.
    """
    folders = {
        module_name(path): module_name(path).rpartition(".")[0] or module_name(path)
        for path in all_modules()
        if path.name != "__init__.py"
    }
    graph: dict[str, set[str]] = defaultdict(set)
    for path in all_modules():
        here = folders.get(module_name(path))
        for name in imported_names(path):
            there = folders.get(name) or folders.get(name.rpartition(".")[0])
            if here and there and here != there:
                graph[here].add(there)
    return graph


def functions() -> Iterator[tuple[str, int]]:
    for path in all_modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", lines


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    for path in modules(package):
        packages = {name.split(".")[0] for name in imported_names(path)}
        ours = packages & MAY_IMPORT.keys() - {package}
        assert ours <= MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {ours}"


def test_every_package_of_the_program_has_its_line_in_the_table() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests"} <= MAY_IMPORT.keys()


def test_the_folders_build_on_each_other_without_a_circle() -> None:
    graph = folder_graph()
    try:
        ordered = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]), pytrace=False)
    assert len(ordered) > 30


def test_what_dagster_does_not_promise_is_used_only_where_a_test_watches_it() -> None:
    """Imports, and the names of modules in configuration and command lines."""
    found = {
        str(path.relative_to(ROOT))
        for path in all_modules()
        if re.search(r"^(?!\s*#).*\bdagster\._[a-z]", path.read_text(), re.MULTILINE)
    }
    assert found == set(DAGSTER_INTERNALS)
    assert all((ROOT / test).is_file() for test in DAGSTER_INTERNALS.values())


@pytest.mark.parametrize("name", all_media())
def test_a_file_of_a_medium_is_one_derivative(name: str) -> None:
    medium = all_media()[name]
    (folder,) = {Path(recipe.file).parent for recipe in medium.recipes.values()}
    assert {path.stem for path in folder.glob("*.py")} - {"__init__", "medium"} == set(
        medium.recipes
    )


def test_a_medium_is_named_in_no_file_but_its_own() -> None:
    """Images apart, which search and curation are about; a new medium is a value and a folder."""
    others = [folder for folder in medium_folders() if folder != "media_assets.images"]
    for path in all_modules():
        imported = set(imported_names(path))
        own = any(module_name(path).startswith(folder) for folder in others)
        assert own or not any(name.startswith(tuple(others)) for name in imported if others)


def test_no_function_is_longer_than_a_screen_and_most_are_short() -> None:
    lengths = dict(functions())
    assert {name for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == set()
    assert statistics.median(lengths.values()) <= 10


def test_no_module_grows_beyond_what_can_be_read_at_once() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in all_modules()
    }
    assert {name for name, lines in lengths.items() if lines > LONGEST_MODULE} == set()
