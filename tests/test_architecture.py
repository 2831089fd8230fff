"""Who may import whom, and how long a function may be: rules hold only if a test holds them."""

import ast
import statistics
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import definitions
from media_assets.media import image_recipes

ROOT = Path(__file__).parent.parent
BELOW = {"media_assets", "dbt_like_sql", "resources"}
MAY_IMPORT = {
    "resources": set(),
    "media_assets": {"resources"},
    "dbt_like_sql": {"resources"},
    "sensors": BELOW,
    "schedules": BELOW,
    "definitions": BELOW | {"sensors", "schedules"},
    "command_line": BELOW | {"sensors", "schedules", "definitions"},
    "benchmarks": BELOW | {"sensors", "schedules", "definitions", "command_line"},
}
LONGEST_FUNCTION = 50
LONGEST_MODULE = 300


def modules(package: str) -> list[Path]:
    single = ROOT / f"{package}.py"
    return [single] if single.exists() else sorted((ROOT / package).rglob("*.py"))


def imported_packages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def parts_imported(path: Path) -> Iterator[str]:
    """The folders of ``resources`` that a module imports from."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, *rest = node.module.split(".")
            if package == "resources" and rest and (ROOT / "resources" / rest[0]).is_dir():
                yield rest[0]


def functions() -> Iterator[tuple[str, int]]:
    for path in (path for package in MAY_IMPORT for path in modules(package)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", lines


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    for path in modules(package):
        ours = set(imported_packages(path)) & MAY_IMPORT.keys() - {package}
        assert ours <= MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {ours}"


def test_the_folders_of_resources_build_on_each_other_without_a_circle() -> None:
    folders = {path.parent for path in modules("resources")} - {ROOT / "resources"}
    graph = {
        folder.name: {name for path in folder.glob("*.py") for name in parts_imported(path)}
        - {folder.name}
        for folder in folders
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(folders) > 5


def test_a_file_among_the_images_is_one_derivative() -> None:
    assert definitions.defs, "which imports every derivative"
    files = {path.stem for path in modules("media_assets/images")} - {"__init__"}
    assert files == set(image_recipes())


def test_no_function_is_longer_than_a_screen_and_most_are_short() -> None:
    lengths = dict(functions())
    assert {name for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == set()
    assert statistics.median(lengths.values()) <= 10


def test_no_module_grows_beyond_what_can_be_read_at_once() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for package in MAY_IMPORT
        for path in modules(package)
    }
    assert {name for name, lines in lengths.items() if lines > LONGEST_MODULE} == set()
