"""Every version is pinned, every license is known, the unit gives no more than is needed."""

import subprocess
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from deploy.licenses import HEADER, distributions, is_gpl, license_of, table

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "deploy" / "media.service"


def pinned() -> dict[str, str]:
    """Name -> version of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line.partition("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, _, version in pins}


def test_every_distribution_of_ours_is_pinned_to_what_is_installed() -> None:
    pins = pinned()
    for name, (_, one) in distributions().items():
        assert name in pins, f"{name} {one.version} is missing in constraints.txt"
        assert Version(pins[name]).public == Version(one.version).public, name


def test_the_core_holds_no_gpl() -> None:
    found = distributions().items()
    core = {name: license_of(one) for name, (part, one) in found if part == "core"}

    assert len(core) > 50
    assert {name: text for name, text in core.items() if is_gpl(text)} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("MIT AND GPL-2.0-only", True),
        ("LGPL-3.0-or-later", False),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", False),
        ("GNU Library or Lesser General Public License (LGPL)", False),
        ("MIT", False),
    ],
)
def test_gpl_is_told_from_lgpl(text: str, *, expected: bool) -> None:
    assert is_gpl(text) is expected


def test_the_list_of_licenses_is_current() -> None:
    written = (ROOT / "docs" / "licenses.md").read_text()

    assert written.startswith(HEADER)
    missing = [line for line in table() if line not in written]
    assert missing == [], "run: python deploy/licenses.py"


def test_every_license_is_stated() -> None:
    assert [
        name for name, (_, one) in distributions().items() if "not stated" in license_of(one)
    ] == []


@pytest.mark.parametrize(
    "answer",
    [
        "echo 'requests.exceptions.ConnectionError: Max retries' >&2; exit 1",
        "grep == constraints.txt | sed 's/$/ could not be audited/'",
    ],
    ids=["no_network", "an_index_that_knows_nothing"],
)
def test_the_audit_says_so_when_it_cannot_ask(tmp_path: Path, answer: str) -> None:
    """A check that could not be made must not look like one that passed."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{answer}\n")
    python.chmod(0o755)
    done = subprocess.run(
        [ROOT / "deploy" / "audit", python], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "nothing was checked" in done.stderr


def test_the_audit_passes_on_what_it_hears(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'Found 1 known vulnerability in 1 package'\nexit 1\n")
    python.chmod(0o755)
    done = subprocess.run(
        [ROOT / "deploy" / "audit", python], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "Found 1 known vulnerability in 1 package\n")


def settings_of_unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_may_write_its_data_and_nothing_else() -> None:
    unit = settings_of_unit()

    assert unit["User"] == ["media"]
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["ReadWritePaths"] == ["/srv/media"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["NoNewPrivileges"] == ["true"]
    assert unit["IPAddressDeny"] == ["any"]
