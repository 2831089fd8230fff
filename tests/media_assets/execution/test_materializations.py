import base64
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from PIL import Image

from media_assets.execution.derivative_rows import Row, row_of_attempt
from media_assets.execution.materializations import materialization
from media_assets.execution.recipe import Recipe, Terms
from media_assets.execution.steps import libvips
from media_assets.images.thumbnails import make_thumbnails
from resources.decoding.decoder_pool import Attempt
from resources.outcomes import Outcome
from tests.media_assets.conftest import MakeSource
from tests.support.metadata_files import scene, thumbnails_of

KEY = dg.AssetKey(["image", "thumbnails"])
RECIPE = Recipe(make_thumbnails, "1", lambda: Terms(libvips(), {})).today()


def row_of(attempt: Attempt) -> Row:
    return row_of_attempt(RECIPE, "picture", "f" * 64, {}, attempt)


def metadata_of(row: Row, home: Path) -> dict[str, object]:
    made = materialization(KEY, row, home)
    return {name: value.value for name, value in made.metadata.items()}


@pytest.fixture
def made(make_source: MakeSource) -> Row:
    """The row of thumbnails that exist."""
    thumbnails = thumbnails_of(make_source(scene(1600, 800)))
    return row_of(Attempt(Outcome.OK, None, thumbnails, (), 0.1))


def test_thumbnails_show_a_small_picture_of_themselves(made: Row, tmp_path: Path) -> None:
    preview = materialization(KEY, made, tmp_path).metadata["preview"]
    assert isinstance(preview, dg.MarkdownMetadataValue)
    before, content = str(preview.value).removesuffix(")").split("base64,")
    assert before == "![](data:image/jpeg;"
    shown = tmp_path / "shown.jpg"
    shown.write_bytes(base64.b64decode(content, validate=True))
    with Image.open(shown) as picture:
        assert (picture.format, picture.size) == ("JPEG", (96, 48))


def test_a_preview_costs_little(made: Row, tmp_path: Path) -> None:
    """Events are kept long."""
    assert len(str(metadata_of(made, tmp_path)["preview"])) < 4000


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["gone", "empty"]
)
def test_an_unreadable_thumbnail_costs_only_its_preview(
    made: Row, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    damage(tmp_path / made["files"][0]["path"])
    metadata = metadata_of(made, tmp_path)
    assert metadata["outcome"] == "ok"
    assert str(metadata["preview"]).startswith("none: ")


def test_text_of_files_and_decoders_is_never_markdown(tmp_path: Path) -> None:
    hostile = "![x](http://example.org/) \u202e <script>" + "x" * 1000
    row = row_of(Attempt(Outcome.REJECTED, hostile, None, (hostile,), 0.1))
    made = materialization(KEY, row, tmp_path).metadata
    assert {type(value) for value in made.values()} == {dg.TextMetadataValue}
    for name in ("reason", "warnings"):
        text = str(made[name].value)
        assert "\u202e" not in text
        assert len(text) < 400


def test_an_event_repeats_nothing_that_people_look_up_in_the_rows(
    made: Row, tmp_path: Path
) -> None:
    """Each entry is stored once per source and asset: a number here is a gigabyte there."""
    assert metadata_of(made, tmp_path).keys() == {"outcome", "preview"}


def test_an_event_carries_outcome_and_data_version_as_tags(made: Row, tmp_path: Path) -> None:
    event = materialization(KEY, made, tmp_path)
    assert event.partition == "picture"
    assert event.tags == {"dagster/data_version": "f" * 64, "media/outcome": "ok"}
