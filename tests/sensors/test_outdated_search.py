"""A refresh of search is asked for when the tables changed or the index is damaged, else never."""

from pathlib import Path

import dagster as dg
import pytest

from media_assets.search.ranking.search_index import read_record, report_damage
from media_assets.search.ranking.vector_store import refresh_index
from sensors.outdated_search import outdated_search
from tests.support.search_tables import documents, new_home, publish


def answer(instance: dg.DagsterInstance) -> dg.RunRequest | str | None:
    """The request, or why there is none."""
    found = outdated_search(dg.build_sensor_context(instance=instance))
    return found.skip_message if isinstance(found, dg.SkipReason) else found  # type: ignore[return-value]


def test_a_refresh_is_asked_for_until_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home(tmp_path / "home")
    monkeypatch.setenv("MEDIA_HOME", str(home.root))
    with dg.DagsterInstance.ephemeral() as instance:
        assert answer(instance) == "search is up to date with media.duckdb", "nothing is published"
        publish(home, documents(3))
        assert isinstance(answer(instance), dg.RunRequest)
        assert isinstance(answer(instance), dg.RunRequest)
        refresh_index(home)
        assert answer(instance) == "search is up to date with media.duckdb"
        report_damage(home, read_record(home).tables["documents"].lance_table, OSError("seen"))
        assert isinstance(answer(instance), dg.RunRequest)
        refresh_index(home)
        publish(home, documents(4))
        instance.add_run(dg.DagsterRun("refresh_search", status=dg.DagsterRunStatus.STARTED))
        assert answer(instance) == "a refresh is under way"
