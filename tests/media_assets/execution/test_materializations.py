import dagster as dg
import pytest

from media_assets.execution.derivative_rows import Row, row_of_attempt
from media_assets.execution.materializations import SAME, materialization
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


def metadata_of(row: Row) -> dict[str, object]:
    made = materialization(KEY, row)
    return {name: value.value for name, value in made.metadata.items()}


@pytest.fixture
def made(make_source: MakeSource) -> Row:
    """The row of thumbnails that exist."""
    thumbnails = thumbnails_of(make_source(scene(1600, 800)))
    return row_of(Attempt(Outcome.OK, None, thumbnails, (), 0.1))


def test_thumbnails_show_a_picture_of_themselves_by_its_address_alone(made: Row) -> None:
    """The event is kept long and by the million: no pixel is in it."""
    preview = materialization(KEY, made).metadata["preview"]
    assert isinstance(preview, dg.MarkdownMetadataValue)
    assert preview.value == "![](/preview/picture)"


def test_an_id_cannot_leave_the_address(made: Row) -> None:
    preview = materialization(KEY, {**made, "image_id": "a)![](b /../c"}).metadata["preview"]
    assert str(preview.value).count("(") == 1
    assert " " not in str(preview.value)


def test_what_came_out_as_before_is_noted(made: Row) -> None:
    assert materialization(KEY, made, is_same=True).metadata["again"].value == SAME


def test_text_of_files_and_decoders_is_never_markdown() -> None:
    hostile = "![x](http://example.org/) \u202e <script>" + "x" * 1000
    row = row_of(Attempt(Outcome.REJECTED, hostile, None, (hostile,), 0.1))
    made = materialization(KEY, row).metadata
    assert {type(value) for value in made.values()} == {dg.TextMetadataValue}
    for name in ("reason", "warnings"):
        text = str(made[name].value)
        assert "\u202e" not in text
        assert len(text) < 400


def test_an_event_repeats_nothing_that_people_look_up_in_the_rows(made: Row) -> None:
    """Each entry is stored once per source and asset: a number here is a gigabyte there."""
    assert metadata_of(made).keys() == {"outcome", "preview"}


def test_an_event_carries_outcome_and_data_version_as_tags(made: Row) -> None:
    event = materialization(KEY, made)
    assert event.partition == "picture"
    assert event.tags == {"dagster/data_version": "f" * 64, "media/outcome": "ok"}
