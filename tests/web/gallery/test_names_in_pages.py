"""Names of files and cameras as pages write them."""

import duckdb
import pytest

from web.gallery.base.page import file_name
from web.gallery.grid.facets import CAMERA
from web.gallery.panels.embedded_metadata import camera_name


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon PowerShot S40", "Canon PowerShot S40"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("SONY", "Sony A7", "Sony A7"),
        ("Apple", "iPhone 13", "Apple iPhone 13"),
        ("Leica", None, "Leica"),
        (None, "X100V", "X100V"),
        (None, None, None),
    ],
)
def test_a_camera_is_called_the_same_in_filters_and_on_its_pictures(
    make: str | None, model: str | None, name: str | None
) -> None:
    sql = f"select {CAMERA} from (select ?::varchar as camera_make, ?::varchar as camera_model)"

    assert duckdb.execute(sql, [make, model]).fetchone() == (name,)
    assert camera_name(make or "", model or "") == (name or "")


def test_a_file_name_breaks_between_its_parts_and_stays_text() -> None:
    assert file_name("lake_at__dawn.jpg") == "lake_<wbr>at__<wbr>dawn<wbr>.jpg"
    assert "<b>" not in file_name("<b>_x</b>.jpg")
    assert file_name("plain") == "plain"
