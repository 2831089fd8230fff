"""``/preview/<image_id>`` shows a thumbnail behind the login, and nothing else."""

from pathlib import Path

import polars as pl
import pytest

from media_assets.execution.derivative_rows import table_of
from media_assets.media import image_recipes
from resources.rows.row_store import RowStore
from tests.support.guarded_ui import GuardedUi
from web.guard.previews import THUMBNAILS

JPEG = b"\xff\xd8\xff\xd9"


@pytest.fixture(scope="module")
def image_id(ui: GuardedUi) -> str:
    """An image whose thumbnail of 256 px is kept."""
    home = ui.settings.media_home
    home.create()
    path = home.derivatives / "m.jpg"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(JPEG)
    store = RowStore(home.rows)
    table = table_of(image_recipes()["thumbnails"])
    store.declare(table)
    row = dict.fromkeys(table.schema) | {
        "image_id": "dunes-1",
        "outcome": "ok",
        "files": [{"role": "medium", "path": str(path.relative_to(home.root))}],
    }
    store.append(THUMBNAILS, pl.DataFrame([row], schema=table.schema), run_id="t", producer={})
    return "dunes-1"


def test_whoever_is_logged_in_sees_the_thumbnail(
    ui: GuardedUi, image_id: str, viewer: dict[str, str]
) -> None:
    answer = ui.request("GET", f"/preview/{image_id}", viewer)

    assert (answer.status, answer.body) == (200, JPEG)
    assert answer.headers["Content-Type"] == "image/jpeg"


def test_nobody_else_does(ui: GuardedUi, image_id: str) -> None:
    assert ui.request("GET", f"/preview/{image_id}").status == 401


@pytest.mark.parametrize("wrong", ["nobody", "x" * 5000, "%00"])
def test_what_is_no_image_is_not_found(
    ui: GuardedUi, image_id: str, viewer: dict[str, str], wrong: str
) -> None:
    assert image_id
    assert ui.request("GET", f"/preview/{wrong}", viewer).status in (400, 404)


def test_a_thumbnail_that_is_gone_is_not_found(
    ui: GuardedUi, image_id: str, viewer: dict[str, str]
) -> None:
    kept: Path = ui.settings.media_home.derivatives / "m.jpg"
    kept.unlink()
    try:
        assert ui.request("GET", f"/preview/{image_id}", viewer).status == 404
    finally:
        kept.write_bytes(JPEG)
