"""``media doctor``: what is here, and what to do about what is not."""

from pathlib import Path

import pytest

from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import MainJob


def test_a_healthy_home_has_no_fault(corpus: Path, media: Media, ask_json: AskJson) -> None:
    result = media("doctor")
    findings = {finding["what"]: finding for finding in ask_json("doctor", "--json")}

    assert result.exit_code == 0
    assert {"python", "dagster", "duckdb", "libvips", "rows", "media.duckdb"} <= findings.keys()
    assert not any(finding["is_fault"] for finding in findings.values())
    assert str(corpus) in findings["free space"]["found"]


def test_an_empty_home_has_no_fault_either(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "new"))

    assert media("doctor").exit_code == 0


def test_a_broken_database_is_a_fault_with_a_remedy(finished: MainJob, media: Media) -> None:
    finished.settings.media_home.warehouse.write_bytes(b"not a database")

    result = media("doctor")

    assert result.exit_code == 1
    assert "media rebuild" in result.output
