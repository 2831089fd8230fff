"""Each promise and each threat names its tests, and those tests exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\[(test_\w+)\]\((?:\.\./)?(tests/[\w/]+\.py)\)")


def functions(path: Path) -> set[str]:
    """The names of the functions that a file defines at its top."""
    return {
        node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/promises.md"])
def test_every_link_leads_to_a_test_that_exists(page: str) -> None:
    links = LINK.findall((ROOT / page).read_text())

    assert len(links) > 30
    missing = [(name, file) for name, file in links if name not in functions(ROOT / file)]
    assert missing == []


def test_every_limit_names_a_test_that_exists_or_refuses_nothing() -> None:
    page = (ROOT / "docs" / "limits.md").read_text()
    table = page.partition("|---|---|---|---|\n")[2].partition("\n\n")[0]

    assert [line for line in table.splitlines() if not LINK.search(line)] == [
        next(line for line in table.splitlines() if "`batch_size`" in line)
    ]
    missing = [name for name, file in LINK.findall(page) if name not in functions(ROOT / file)]
    assert missing == []


def test_every_promise_and_every_threat_has_a_test() -> None:
    promises = re.findall(r"^- .*", (ROOT / "docs" / "promises.md").read_text(), re.MULTILINE)
    threats = (
        (ROOT / "SECURITY.md").read_text().partition("|---|---|---|\n")[2].partition("\n\n")[0]
    )

    assert [line for line in [*promises, *threats.splitlines()] if not LINK.search(line)] == []


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def test_the_way_of_a_derivative_names_at_most_25_files_and_all_exist() -> None:
    """From a dropped file to a row in SQL, as a newcomer reads it."""
    way = ARCHITECTURE.partition("## Media, sources, children")[0]
    files = re.findall(r"^\| `([\w/.]+)` \|", way, re.MULTILINE)

    assert 15 < len(files) <= 25
    assert len(set(files)) == len(files)
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_file_that_the_architecture_page_names_exists() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[\w.]+\.(?:py|sql))`", ARCHITECTURE)
    shown = re.findall(r"\]\(([\w.]+)\)", ARCHITECTURE)

    assert len(named) > 25
    assert [name for name in named if not (ROOT / name).is_file()] == []
    assert all((ROOT / "docs" / name).is_file() for name in shown)
