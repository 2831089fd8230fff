"""Facts about the short cut of commands that read: a home is prepared anew when it must be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from command_line.queries.preparation import is_prepared
from command_line.queries.tables import prepare
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.rows.table import Table


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that the settings name."""
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    path.write_text("a mill\n")
    return path


@pytest.fixture
def home(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> MediaHome:
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path))
    monkeypatch.setenv("MEDIA_TAGS__LABELS", str(model))
    home = MediaHome(tmp_path)
    prepare(home)
    return home


def add_column(home: MediaHome) -> None:
    store = RowStore(home.rows)
    known = store.declaration("ingest/original")
    columns = {**known.schema, "new_column": known.schema["sha256"]}
    store.declare(Table("ingest/original", type(known.schema)(columns), known.key, "Wider."))


def fetch_model(home: MediaHome) -> None:
    home.models.mkdir(exist_ok=True)
    (home.models / "chosen_for_embedding.txt").write_text("ViT-B-32/openai\n")


CHANGES: dict[str, Callable[[MediaHome], object]] = {
    "settings": lambda home: (home.root / "settings.toml").write_text("batch_size = 10\n"),
    "a_table_is_wider": add_column,
    "a_model_is_fetched": fetch_model,
    "live_views_are_gone": lambda home: home.live.unlink(),
    "live_views_are_damaged": lambda home: home.live.write_bytes(b"this is no database"),
    "the_note_is_damaged": lambda home: (home.preparation.unlink(), home.preparation.touch()),
}


def test_a_prepared_home_needs_no_preparation(home: MediaHome) -> None:
    assert is_prepared(home)


@pytest.mark.parametrize("change", CHANGES)
def test_what_its_preparation_depends_on_has_changed(home: MediaHome, change: str) -> None:
    CHANGES[change](home)

    assert not is_prepared(home)
    prepare(home)
    assert is_prepared(home)


def test_a_file_that_the_settings_name_has_changed(home: MediaHome, model: Path) -> None:
    model.write_text("a mill\na river\n")

    assert not is_prepared(home)


def test_another_setting_in_the_environment(
    home: MediaHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_OCR__ENGINE", "none")

    assert not is_prepared(home)


def test_a_moved_home_is_prepared_anew(home: MediaHome, tmp_path: Path) -> None:
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    home.root.rename(moved)

    assert not is_prepared(MediaHome(moved))
