"""Writes docs/licenses.md: every distribution that pip installs for us, and its license.

``python deploy/licenses.py`` reads pyproject.toml and the metadata of what is installed; a test
compares the result with the file and refuses GPL licenses in the core.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "licenses.md"
PARTS = ("core", "notify", "ai", "dev")
"""A distribution is listed with the first part that needs it."""

IN_THEIR_FILE = {"ocfl-py": "MIT"}
"""Licenses that a distribution states in its LICENSE file and not in its metadata."""

HEADER = """# Licenses

What pip installs, each with the license that its authors declare; versions are in
[constraints.txt](../constraints.txt). *core* is always installed, *ai* by `make ai`, *notify* by
`pip install -e '.[notify]'`, *dev* for the tests. The core holds no GPL: LGPL parts are libraries
of their own, which may be replaced. exiftool, tesseract and PostgreSQL, where installed, are
programs of their own that are only called.
Written by `python deploy/licenses.py`.

| distribution | part | license |
|---|---|---|
"""


def requirements() -> dict[str, list[Requirement]]:
    """What pyproject.toml asks for, by part."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {"core": project["dependencies"], **project["optional-dependencies"]}
    return {part: [Requirement(text) for text in asked[part]] for part in PARTS}


def installed(names: list[Requirement]) -> dict[str, Distribution]:
    """These requirements and all that they need in turn, as far as it is installed, by name."""
    found: dict[str, Distribution] = {}
    waiting = [(one, frozenset[str]()) for one in names]
    done = set()
    while waiting:
        one, extras = waiting.pop()
        name = canonicalize_name(one.name)
        wanted = (name, frozenset(one.extras))
        if wanted in done or not is_asked_for(one, extras):
            continue
        done.add(wanted)
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        needs = found[name].requires or []
        waiting += [(Requirement(text), frozenset(one.extras)) for text in needs]
    return found


def is_asked_for(one: Requirement, extras: frozenset[str]) -> bool:
    """Whether the requirement counts on this machine, with these extras of who asks."""
    return one.marker is None or any(
        one.marker.evaluate({"extra": extra}) for extra in (extras or {""})
    )


def distributions() -> dict[str, tuple[str, Distribution]]:
    """Name -> the first part that needs it, and the distribution."""
    found: dict[str, tuple[str, Distribution]] = {}
    for part, asked in requirements().items():
        for name, one in installed(asked).items():
            found.setdefault(name, (part, one))
    return dict(sorted(found.items()))


def license_of(one: Distribution) -> str:
    """The license that a distribution declares, on one line."""
    data = one.metadata
    classified = [
        text.rpartition("::")[2].strip()
        for text in data.get_all("Classifier") or []
        if text.startswith("License ::") and not text.endswith("OSI Approved")
    ]
    lines = (data.get("License") or "").strip().splitlines()
    lines.append(IN_THEIR_FILE.get(canonicalize_name(one.name), "not stated"))
    said = data.get("License-Expression") or " AND ".join(classified) or lines[0]
    return re.sub(r"[|\s]+", " ", str(said))[:120]


def is_gpl(text: str) -> bool:
    """Whether a license is the GPL itself or the AGPL; the LGPL is neither."""
    without_lesser = re.sub(r"(?i)lgpl|(library or )?lesser general public", "", text)
    return bool(re.search(r"(?i)\bA?GPL|General Public", without_lesser))


def table() -> Iterator[str]:
    """The lines of the table."""
    for name, (part, one) in distributions().items():
        yield f"| {name} | {part} | {license_of(one)} |\n"


if __name__ == "__main__":
    TARGET.write_text(HEADER + "".join(table()))
