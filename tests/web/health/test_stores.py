"""What is broken in a home is found, and told without its path."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from resources.configuration.settings import Settings
from tests.support.main_job import copy_home
from web.health import stores

LEFT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
"""root may write anywhere; without these rights it is a user like any other."""

READ_ONLY = """
import sys
from pathlib import Path
from resources.configuration.settings import Settings
from web.health.stores import home
found = home(Settings(home=Path(sys.argv[1])))
print(found.ok, found.said)
"""


@pytest.fixture
def made(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    settings.media_home.create()
    return settings


def test_a_home_that_can_be_written_to_is_well_and_nothing_stays_in_it(made: Settings) -> None:
    assert stores.home(made).ok
    assert list(made.media_home.locks.iterdir()) == []


def test_a_home_that_may_only_be_read_is_found(made: Settings) -> None:
    made.media_home.locks.chmod(0o555)
    rights = LEFT_RIGHTS if os.geteuid() == 0 else ()
    command = [*rights, sys.executable, "-c", READ_ONLY, str(made.home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stdout == "False no file can be written: Permission denied\n", done.stderr


def test_a_store_that_is_away_is_found(made: Settings) -> None:
    assert stores.folder(made.media_home.originals).ok
    made.media_home.originals.rmdir()

    found = stores.folder(made.media_home.originals)
    assert (found.ok, "No such file" in found.said) == (False, True)


def test_tables_are_missing_only_when_there_is_something_to_publish(
    made: Settings, finished_home: Path, tmp_path: Path
) -> None:
    assert stores.tables(made.media_home).ok is None

    home = Settings(home=copy_home(finished_home, tmp_path / "copy")).media_home
    assert stores.tables(home).ok
    home.warehouse.write_bytes(home.warehouse.read_bytes()[:5000])
    assert stores.tables(home).said == "media.duckdb is damaged"
    home.warehouse.unlink()
    assert (stores.tables(home).ok, stores.tables(home).advice) == (False, "media rebuild")


def test_a_disk_within_its_reserve_is_found(
    made: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stores.disk(made).ok
    monkeypatch.setattr("resources.stores.free_space.RESERVE_SHARE", 1.0)
    full = made.model_copy(update={"reserve_bytes": 2**60})

    assert stores.disk(full).ok is False


def test_memory_is_measured_in_bytes() -> None:
    facts = stores.memory().facts
    assert 0 < int(str(facts["available_bytes"])) <= int(str(facts["total_bytes"]))
