"""Facts that people rely on when they query the marts; every query runs on the live views too."""

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import get_type_hints

import duckdb
import polars as pl
import pytest

from dbt_like_sql.checks import run_checks
from dbt_like_sql.models import build_views
from dbt_like_sql.updated_tables import update_tables
from media_assets.execution.derivative_rows import payload_schema
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import publish_live_views
from resources.warehouse.publication import publish
from tests.support.synthetic_rows import (
    INPUTS,
    PAYLOADS,
    RECIPE,
    SyntheticHome,
    file_of,
    image_id_of,
)

pytestmark = pytest.mark.slow

Rows = list[tuple[object, ...]]

at = datetime.fromisoformat


@pytest.fixture
def media(tmp_path: Path) -> SyntheticHome:
    media = SyntheticHome(tmp_path / "home")
    media.declare_recipes()
    return media


def ask(media: SyntheticHome, sql: str) -> Rows:
    """The answer of the live views."""
    publish_live_views(media.home, media.store, build_views, "1")
    with reading(media.home.live) as connection:
        return connection.execute(sql).fetchall()


def gaps(media: SyntheticHome) -> dict[str, tuple[object, ...]]:
    sql = "select asset, gap, why, can_change, attempts from gaps"
    return {str(row[0]): row[1:] for row in ask(media, sql)}


@pytest.mark.parametrize("asset", PAYLOADS)
def test_the_synthetic_derivatives_are_those_of_the_product(asset: str) -> None:
    """Otherwise every other test here is about tables that nobody writes."""
    module = import_module(f"media_assets.images.{asset}")
    make = getattr(module, f"make_{asset}")
    real = payload_schema(get_type_hints(make)["return"])

    assert {name: real.get(name) for name in SyntheticHome.schema_of(asset)} == dict(
        SyntheticHome.schema_of(asset)
    )
    assert tuple(signature(make).parameters)[1:] == INPUTS[asset]


@pytest.fixture
def checked(media: SyntheticHome) -> Iterator[duckdb.DuckDBPyConnection]:
    good, bad, ugly = media.land("b1", "a.jpg", "b.jpg", "c.jpg", copies=["a.jpg"])
    media.finish([good])
    media.finish([bad, ugly], "source_record", "embedded_metadata")
    media.fail_above(bad, "viewing_copy", "rejected", "the file ends too soon")
    media.fail_above(ugly, "viewing_copy", "failed", "the disk was full")
    publish(media.home, media.store, update_tables)
    with reading(media.home.warehouse) as connection:
        yield connection


def test_every_check_holds_on_plausible_rows(checked: duckdb.DuckDBPyConnection) -> None:
    results = list(run_checks(checked))

    assert len(results) > 20
    assert {result.check.name: result.examples for result in results if result.failing_rows} == {}


def test_an_image_is_in_progress_until_every_derivative_has_a_result(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id], *list(PAYLOADS)[:-1])
    sql = "select outcome, reason, finished_at is not null from images"
    assert ask(media, sql) == [("in_progress", "dominant_colors: not made yet", False)]

    media.finish([image_id], "dominant_colors")

    assert ask(media, sql) == [("ok", None, True)]


@pytest.mark.parametrize(
    ("asset", "outcome", "reason"),
    [
        ("viewing_copy", "rejected", "the file ends too soon"),
        ("source_record", "unsupported", "no decoder reads PSD"),
        ("embedded_metadata", "failed", "OSError: no space left on device"),
    ],
)
def test_the_worst_derivative_decides_and_is_named(
    media: SyntheticHome, asset: str, outcome: str, reason: str
) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.fail_above(image_id, asset, outcome, reason)

    assert ask(media, "select outcome, reason from images") == [(outcome, f"{asset}: {reason}")]


def test_a_degraded_image_tells_its_warnings(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.result("viewing_copy", image_id, "degraded", warnings=["extraneous bytes", "bad ICC"])

    assert ask(media, "select outcome, reason from images") == [
        ("degraded", "viewing_copy: extraneous bytes; bad ICC")
    ]


def test_an_image_shows_what_is_known_about_it(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))

    (row,) = ask(
        media,
        "select file_name, format, width_px, camera_make, title, keywords, perceptual_hash, "
        "dominant_color, sighting_count, original_path, "
        "viewing_copy_path is distinct from model_input_path, "
        "thumbnail_small_path is distinct from thumbnail_large_path from images",
    )

    assert row == (
        "a.jpg",
        "jpeg",
        640,
        "Kodak",
        "The old mill",
        ["mill", "river"],
        "00ff00ff00ff00ff",
        "#102030",
        1,
        "originals/a.jpg",
        True,
        True,
    )


def record_of(media: SyntheticHome, image_id: str, **said: object) -> None:
    """A catalogue record as today's code writes it."""
    media.result("catalogue_record", image_id, **{"people": [], "sources": [], **said})


@pytest.mark.parametrize(
    ("precision", "text"),
    [
        ("year", "1965"),
        ("month", "1965-07"),
        ("day", "1965-07-04"),
        ("minute", "1965-07-04T10:11"),
        ("second", "1965-07-04T10:11:12"),
        ("fraction", "1965-07-04T10:11:12"),
    ],
)
def test_of_a_date_is_shown_what_is_known(media: SyntheticHome, precision: str, text: str) -> None:
    """1965-01-01 would be read as a day, by people and by programs."""
    (image_id,) = media.land("b1", "a.jpg")
    taken = {"taken_at": at("1965-07-04T10:11:12"), "taken_at_precision": precision}
    media.result("embedded_metadata", image_id, taken_at_tag="XMP-photoshop:DateCreated", **taken)

    found = ask(media, "select taken_at_text, taken_at_precision, taken_at_tag from images")

    assert found == [(text, precision, "XMP-photoshop:DateCreated")]


def test_the_date_and_the_people_are_those_of_the_record(media: SyntheticHome) -> None:
    """What a person or Google Takeout said counts by its rank, not only what the file says."""
    old, new, removed = media.land("b1", "old.jpg", "new.jpg", "removed.jpg")
    scanned = {"taken_at": at("2015-06-07"), "people": ["Bo"]}
    for image_id in (old, new, removed):
        media.result("embedded_metadata", image_id, **scanned)
    media.result("catalogue_record", old, sources=[])
    record_of(media, new, taken_at=at("1965-01-01"), people=["Anna"])
    record_of(media, removed)

    found = ask(media, "select file_name, taken_at, people from images order by file_name")

    assert found == [
        ("new.jpg", at("1965-01-01"), ["Anna"]),
        ("old.jpg", at("2015-06-07"), ["Bo"]),  # a row of an older version
        ("removed.jpg", None, []),
    ]


def test_people_and_prompts_are_among_the_words_of_an_image(media: SyntheticHome) -> None:
    named, generated = media.land("b1", "named.jpg", "generated.png")
    media.result("embedded_metadata", named, title="The old mill")
    record_of(media, named, people=["Anna Example"])
    media.result("embedded_metadata", generated, generation_prompt="a red lighthouse")

    people = "select image_id, people from search_documents where contains(document, 'Anna Ex')"
    prompts = "select image_id from search_documents where contains(document, 'red lighthouse')"

    assert ask(media, people) == [(named, "Anna Example")]
    assert ask(media, prompts) == [(generated,)]


def test_a_finished_image_with_today_s_recipes_has_no_gap(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))

    assert gaps(media) == {}


def test_what_was_never_tried_is_missing(media: SyntheticHome) -> None:
    media.land("b1", "a.jpg")

    assert set(gaps(media).values()) == {("missing", "not made yet", True, 0)}
    assert gaps(media).keys() == PAYLOADS.keys()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"code_version": "2"}, "code version 1 -> 2"),
        ({"engine": "pillow"}, "engine libvips -> pillow"),
        ({"parameters": '{"quality":90}'}, "parameters changed: quality 80 -> 90"),
        (
            {"parameters": '{"effort":4,"mode":"fit"}'},
            'parameters changed: effort none -> 4, mode none -> "fit", quality 80 -> none',
        ),
        (
            {"code_version": "2", "engine": "pillow"},
            "code version 1 -> 2; engine libvips -> pillow",
        ),
    ],
    ids=["code", "engine", "parameter", "parameters", "two_things"],
)
def test_a_changed_recipe_makes_rows_stale_and_says_why(
    media: SyntheticHome, change: dict[str, str], why: str
) -> None:
    media.finish(media.land("b1", "a.jpg"))
    media.change_recipe("dominant_colors", **change)

    assert gaps(media) == {"dominant_colors": ("stale", why, True, 1)}


def test_an_edit_without_a_new_version_is_possibly_stale_and_nothing_makes_it_by_itself(
    media: SyntheticHome,
) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.change_recipe("thumbnails", code_digest="fedcba9876543210")
    assert gaps(media) == {"thumbnails": ("possibly_stale", "code changed, version not", False, 1)}

    media.change_recipe("thumbnails", code_version="2")
    assert gaps(media)["thumbnails"][:2] == ("stale", "code version 1 -> 2")


def test_rows_of_a_program_that_kept_no_digest_are_not_suspected(media: SyntheticHome) -> None:
    media.change_recipe("thumbnails", code_digest=None)
    media.finish(media.land("b1", "a.jpg"))
    media.change_recipe("thumbnails", code_digest="fedcba9876543210")

    assert gaps(media) == {}


def test_a_newer_engine_alone_makes_nothing_stale(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))
    media.change_recipe("dominant_colors", engine_version="9.0")

    assert gaps(media) == {}


def test_a_newer_engine_may_read_what_was_unsupported(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.result("dominant_colors", image_id, "unsupported", "no decoder")
    assert gaps(media) == {"dominant_colors": ("unsupported", "no decoder", False, 2)}

    media.change_recipe("dominant_colors", engine_version="9.0")

    assert gaps(media)["dominant_colors"][:2] == (
        "stale",
        "a newer engine may read it: libvips 8.18.7 -> 9.0",
    )


def test_an_input_that_was_made_again_makes_the_next_stale(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.change_recipe("viewing_copy", code_version="2")
    media.finish([image_id], "viewing_copy")

    why = ("stale", "input viewing_copy was made again", True, 1)
    assert gaps(media) == {"model_input": why, "thumbnails": why}

    media.finish([image_id], "model_input", "thumbnails", "perceptual_hash", "dominant_colors")

    assert gaps(media) == {}


def test_an_image_does_not_wait_for_an_optional_input(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.change_recipe("model_input", optional_inputs=["viewing_copy"])
    media.result("viewing_copy", image_id, "failed", "the disk was full")
    media.result("model_input", image_id, inputs="{}")

    assert "model_input" not in gaps(media)


def test_an_optional_input_that_can_be_used_now_makes_the_next_stale(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.change_recipe("model_input", optional_inputs=["viewing_copy"])
    media.result("model_input", image_id, inputs="{}")

    why = ("stale", "input viewing_copy was made again", True, 2)
    assert gaps(media) == {"model_input": why}


def test_a_failure_counts_its_attempts_and_keeps_its_error(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.result("dominant_colors", image_id, "failed", "the disk was full")
    media.result("dominant_colors", image_id, "failed", "OSError: input/output error")

    assert gaps(media) == {"dominant_colors": ("failed", "OSError: input/output error", True, 2)}
    assert ask(media, "select last_error from gaps") == [("OSError: input/output error",)]


def test_a_partial_preview_counts_as_no_rendition(media: SyntheticHome) -> None:
    """It shows what is there of a refused picture, and nothing may be made of it."""
    (image_id,) = media.land("may", "broken.jpg")
    preview = file_of(image_id, "viewing_copy", "partial_preview")
    media.result("viewing_copy", image_id, "rejected", "the file ends too early", files=[preview])
    rows = ask(
        media,
        "select path, file_count, viewing_copy_path from artifacts "
        "join images using (image_id) where asset = 'viewing_copy'",
    )
    assert rows == [(None, 1, None)]


def test_what_was_skipped_for_a_rejected_input_stays_skipped(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    media.fail_above(image_id, "thumbnails", "rejected", "hostile")

    assert gaps(media) == {
        "thumbnails": ("rejected", "hostile", False, 2),
        "perceptual_hash": ("skipped", "thumbnails is rejected: hostile", False, 2),
        "dominant_colors": ("skipped", "thumbnails is rejected: hostile", False, 2),
    }


def test_what_was_skipped_is_due_once_its_input_can_be_used(media: SyntheticHome) -> None:
    """The fingerprint is the same, so that only the input's outcome tells."""
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id], "source_record", "viewing_copy", "embedded_metadata", "model_input")
    media.fail_above(image_id, "thumbnails", "failed", "the disk was full")
    assert ask(media, "select outcome from images") == [("failed",)]

    media.result("thumbnails", image_id)

    due = ("missing", "its inputs can be used now", True, 1)
    assert gaps(media) == {"perceptual_hash": due, "dominant_colors": due}
    assert ask(media, "select outcome from images") == [("in_progress",)]


def test_a_new_derivative_needs_no_line_of_sql(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id])
    schema = {**media.store.declaration("image/model_input").schema, "caption": pl.String()}
    media.declare("caption", schema)
    media.change_recipe("caption", **RECIPE)
    assert gaps(media) == {"caption": ("missing", "not made yet", True, 0)}

    media.result("caption", image_id, caption="a mill by a river")

    assert gaps(media) == {}
    assert ask(media, "select outcome from artifacts where asset = 'caption'") == [("ok",)]


def test_a_batch_opens_runs_and_closes_with_one_line(media: SyntheticHome) -> None:
    sql = "select status, ok, in_progress, closing_line from batches"
    ids = media.land("b1", "a.jpg", "b.jpg", "c.jpg", copies=["a.jpg"])
    assert ask(media, sql) == [("not_started", 0, 3, None)]

    media.finish(ids[:1])
    assert ask(media, sql) == [("in_progress", 1, 2, None)]

    media.finish(ids)
    media.result("viewing_copy", ids[1], "degraded", warnings=["extraneous bytes"])
    media.fail_above(ids[2], "viewing_copy", "rejected", "the file ends too soon")
    line = "All 3 images are ready: 1 ok, 1 degraded, 1 rejected. 1 duplicate file."
    assert ask(media, sql) == [("complete", 1, 0, line)]


@pytest.mark.parametrize(
    ("names", "copies", "line"),
    [
        (["b.jpg"], [], "The 1 image is ready: 1 ok."),
        ([], ["a.jpg", "a.jpg"], "No new images. 2 duplicate files."),
        (["b.jpg", "c.jpg"], [], "All 2 images are ready: 2 ok."),
    ],
    ids=["one", "only_copies", "two"],
)
def test_the_closing_line_is_a_sentence(
    media: SyntheticHome, names: list[str], copies: list[str], line: str
) -> None:
    media.finish(media.land("first", "a.jpg"))
    media.finish(media.land("second", *names, copies=copies))

    assert ask(media, "select closing_line from batches where batch = 'second'") == [(line,)]


def test_a_listed_file_that_is_not_there_is_told(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))
    media.event("b1", "listed_missing", "/archive/gone.jpg")

    assert ask(media, "select listed_missing, closing_line from batches") == [
        (1, "The 1 image is ready: 1 ok. 1 listed file could not be taken.")
    ]


def test_files_that_are_not_taken_are_counted_in_their_batch(media: SyntheticHome) -> None:
    media.finish(media.land("b1", "a.jpg"))
    media.leave_out("b1", "huge.jpg", "too_large")
    media.leave_out("b1", "locked.jpg", "unreadable")
    media.leave_out("b1", "album", "excluded", files=3)
    media.leave_out("b1", "@eaDir", "excluded", files=None, is_folder=True)
    media.leave_out("b1", "gone.jpg", "too_large", is_over=True)

    line = (
        "The 1 image is ready: 1 ok. 1 file is too large. 1 file cannot be read. "
        "3 files were passed over."
    )
    assert ask(
        media, "select status, too_large, unreadable, excluded, closing_line from batches"
    ) == [("complete", 1, 1, 3, line)]


def test_a_batch_of_nothing_that_can_be_taken_is_complete(media: SyntheticHome) -> None:
    """Otherwise whoever waits for it would wait forever."""
    media.leave_out("b1", "huge.jpg", "too_large")
    media.event("b2", "opened", files=2)
    media.event("b2", "listed_missing", "2 files cannot be taken", files=2)
    media.event("b3", "opened", files=0)

    assert ask(media, "select batch, status, closing_line from batches order by batch") == [
        ("b1", "complete", "No new images. 1 file is too large."),
        ("b2", "complete", "No new images. 2 listed files could not be taken."),
        ("b3", "complete", "No new images."),
    ]


def test_a_batch_waits_for_files_that_its_list_names_and_that_still_change(
    media: SyntheticHome,
) -> None:
    media.finish(media.land("b1", "a.jpg"))
    media.event("b1", "opened", files=2)
    media.finish(media.land("b2", "b.jpg"))
    media.leave_out("b2", "camera.jpg", "still_changing")

    assert {status for (status,) in ask(media, "select status from batches")} == {"in_progress"}


def test_every_file_is_in_one_state_with_its_reason(media: SyntheticHome) -> None:
    media.land("b1", "a.jpg", "IMG_1.heic", "IMG_1.mov", copies=["a.jpg"])
    media.leave_out("b1", "huge.jpg", "too_large")
    media.leave_out("b1", "album", "excluded", files=3)

    sql = "select path_display, state, reason, files, folder from files order by all"
    assert ask(media, sql) == [
        ("b1/IMG_1.heic", "taken", None, 1, "b1"),
        ("b1/IMG_1.mov", "companion", "film of b1/IMG_1", 1, "b1"),
        ("b1/a.jpg", "duplicate", "the same bytes as a.jpg", 1, "b1"),
        ("b1/a.jpg", "taken", None, 1, "b1"),
        ("b1/album", "excluded", "it is excluded", 3, "b1/album"),
        ("b1/huge.jpg", "too_large", "it is too_large", 1, "b1"),
    ]


@pytest.mark.parametrize(
    ("names", "kind", "roles"),
    [
        (["IMG_1.heic", "img_1.MOV"], "live_photo", {"IMG_1.heic": "picture", "img_1.MOV": "film"}),
        (["F\u00f6hr.nef", "Fo\u0308hr.jpg"], "raw_and_picture", None),
        (
            ["PXL_2.MP.jpg", "PXL_2.MP"],
            "motion_photo",
            {"PXL_2.MP.jpg": "picture", "PXL_2.MP": "film"},
        ),
        (["IMG_3.jpg", "IMG_3-edited.jpg"], "edited", None),
        (["IMG_3(1).jpg", "IMG_3-bearbeitet(1).jpg"], "edited", None),
        (["IMG_1234.heic", "IMG_E1234.heic"], "edited", None),
        (
            [
                "00000IMG_00000_BURST20181229213517346_COVER.jpg",
                "00001IMG_00001_BURST20181229213517346.jpg",
            ],
            "burst",
            None,
        ),
        (["IMG_5_BURST001_COVER.jpg", "IMG_5_BURST002.jpg"], "burst", None),
        (["PXL_7.RAW-01.COVER.jpg", "PXL_7.RAW-02.ORIGINAL.dng"], "raw_and_picture", None),
    ],
    ids=["live", "raw", "motion", "edited", "numbered", "apple", "burst", "huawei", "pixel"],
)
def test_files_that_go_together_are_one_group_with_roles(
    media: SyntheticHome, names: list[str], kind: str, roles: dict[str, str] | None
) -> None:
    media.land("b1", *names, "IMG_99.jpg")

    found = ask(media, "select kind, path_display, role, is_leading from companions")
    assert {(row[0], str(row[1]).removeprefix("b1/")) for row in found} == {
        (kind, name) for name in names
    }
    assert sum(bool(row[3]) for row in found) == 1
    if roles:
        assert {str(row[1]).removeprefix("b1/"): row[2] for row in found} == roles


def test_pictures_are_filtered_by_their_folder(media: SyntheticHome) -> None:
    media.finish(media.land("a/2024", "1.jpg"))
    media.finish(media.land("a/2025", "2.jpg"))

    assert ask(media, "select file_name from images where folder = 'a/2024'") == [("1.jpg",)]
    assert ask(media, "select count(*) from images where folder like 'a/%'") == [(2,)]


def test_a_cancelled_batch_says_what_was_done(media: SyntheticHome) -> None:
    ids = media.land("b1", "a.jpg", "b.jpg")
    media.finish(ids[:1])
    media.event("b1", "cancelled")

    assert ask(media, "select status, closing_line from batches") == [
        ("cancelled", "Cancelled: 1 ok, 1 not finished.")
    ]


def test_progress_counts_results_per_batch_and_derivative(media: SyntheticHome) -> None:
    ids = media.land("b1", "a.jpg", "b.jpg")
    media.finish(ids, "source_record")
    media.result("viewing_copy", ids[0], "failed", "the disk was full")

    sql = (
        "select asset, expected, done, usable, failed, in_progress from progress "
        "where position < 2 order by position"
    )
    assert ask(media, sql) == [
        ("source_record", 2, 2, 2, 0, 0),
        ("viewing_copy", 2, 0, 0, 1, 1),
    ]


def test_storage_counts_each_file_once_and_tells_history_from_today(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "a.jpg")
    media.finish([image_id], "thumbnails")
    media.finish([image_id], "thumbnails")
    other = {"role": "file", "path": "derivatives/x", "size_bytes": 900}
    media.result("viewing_copy", image_id, files=[other])
    media.finish([image_id], "viewing_copy")

    assert ask(media, "from storage_usage order by all") == [
        ("derivative", "image", "thumbnails", 3, 300, 3, 300),
        ("derivative", "image", "viewing_copy", 2, 1000, 1, 100),
        ("original", "image", None, 1, 1000, 1, 1000),
    ]


def test_new_bytes_under_an_old_name_are_the_next_version_of_the_path(
    media: SyntheticHome,
) -> None:
    media.land("b1", "a.jpg")
    media.append(
        "ingest/original",
        [{"image_id": "a-2", "sha256": "2", "mode": "move", "path": b"x", "batch": "b1"}],
    )
    again = {"image_id": "a-2", "root": "landing", "path_display": "b1/a.jpg", "batch": "b1"}
    media.append("ingest/sighting", [{**again, "is_new": True}])

    sql = "select image_id, version_at_path, is_latest_at_path from sightings order by 2"
    assert ask(media, sql) == [(image_id_of("a.jpg"), 1, False), ("a-2", 2, True)]


def test_a_name_that_is_no_text_is_shown_in_escapes(media: SyntheticHome) -> None:
    row = {"image_id": "x-1", "sha256": "1", "mode": "reference", "path": b"/archive/\xff.jpg"}
    media.append("ingest/original", [{**row, "batch": "b1"}])

    assert ask(media, "select original_path from images") == [("/archive/\\xFF.jpg",)]


def test_lines_of_text_come_in_reading_order_with_their_boxes(media: SyntheticHome) -> None:
    (image_id,) = media.land("b1", "page.jpg")
    box = {"left": 10, "top": 20, "right": 90, "bottom": 40}
    blocks = [
        {**box, "lines": [{"text": text, "confidence": 0.9, **box} for text in block]}
        for block in (["Dear Sir,", "thank you"], ["Yours"])
    ]
    size = {"width_px": 100, "height_px": 50}
    media.result("ocr_text", image_id, text="...", rotation=0, blocks=blocks, **size)

    sql = "select line_number, block_number, text, left_px, bottom_px from ocr_lines order by 1"
    assert ask(media, sql) == [
        (1, 1, "Dear Sir,", 10, 40),
        (2, 1, "thank you", 10, 40),
        (3, 2, "Yours", 10, 40),
    ]


def test_the_address_that_older_rows_name_beside_the_model_makes_nothing_stale(
    media: SyntheticHome,
) -> None:
    older = '{"model":"m1","url":"http://192.0.2.7/v1"}'
    media.change_recipe("dominant_colors", parameters=older)
    media.finish(media.land("b1", "a.jpg"))

    media.change_recipe("dominant_colors", parameters='{"model":"m1"}')
    assert gaps(media) == {}

    media.change_recipe("dominant_colors", parameters='{"model":"m2"}')
    assert gaps(media)["dominant_colors"][1] == 'parameters changed: model "m1" -> "m2"'
