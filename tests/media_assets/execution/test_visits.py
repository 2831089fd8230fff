"""One visit makes all that a source's first stage has, and reads its original once."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
import pytest
from PIL import Image

from media_assets import DERIVATIVES
from media_assets.execution.batched_execution import commit_rows
from media_assets.execution.code_digest import code_digest
from media_assets.execution.derivative_rows import Row
from media_assets.execution.plans import Mode, Order, SourceRows
from media_assets.execution.results import SourceResult
from media_assets.execution.stages import first_stage
from media_assets.execution.visits import begin_visits, make_visit, results_of_attempts
from media_assets.execution.workbench import Workbench
from media_assets.images.medium import images
from media_assets.media import image_recipes
from media_assets.tables import declare_tables
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Limits
from resources.decoding import renditions
from resources.decoding.decoder_answers import Attempt, keep_files
from resources.decoding.decoder_pool import DecoderPool
from resources.outcomes import Outcome
from resources.rows.row_store import RowStore
from resources.sources.originals import Source
from resources.sources.source_rows import ORIGINAL
from resources.stores.outbox import keep_again, send_instead_of_keeping, taken_out
from tests.media_assets.conftest import MakeSource, encoded
from tests.support.metadata_files import scene
from tests.support.svg_bomb import svg_bomb

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def orders(names: list[str] | None = None, mode: Mode = Mode.UPDATE) -> list[Order]:
    recipes = image_recipes()
    return [Order(recipes[name].today(), mode) for name in names or first_stage(images)]


def original_row(source: Source) -> Row:
    size = Path(os.fsdecode(source.path)).stat().st_size
    relative = os.path.relpath(source.path, bytes(source.home))
    empty = dict.fromkeys(ORIGINAL.schema)
    return {
        **empty,
        "image_id": source.source_id,
        "sha256": source.sha256,
        "file_name": source.file_name,
        "mode": "move",
        "path": relative,
        "size_bytes": size,
        "root": "landing",
        "batch": "tests",
        "landed_at": NOW,
    }


@pytest.fixture
def source(make_source: MakeSource) -> Source:
    return make_source(scene(1200, 800), name="scene.png")


def visited(source: Source, known: SourceRows, wanted: list[Order]) -> Mapping[str, SourceResult]:
    """As in a decoder and in the run that asked it, but in this process."""
    home = MediaHome(source.home)
    send_instead_of_keeping()
    try:
        sent = make_visit(source, wanted, home, known)
        files = taken_out()
    finally:
        keep_again()
    attempt = Attempt(Outcome.OK, value=sent, seconds=60, kept=keep_files(files, home))
    results = results_of_attempts(wanted, home, known, source, attempt)
    return {result.derivative: result for result in results}


def test_a_visit_makes_the_whole_first_stage_and_reads_the_original_once(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bytes] = []
    real = Source.opened

    def counting(one: Source) -> BinaryIO:
        opened.append(one.path)
        return real(one)

    monkeypatch.setattr(Source, "opened", counting)
    made = visited(source, {ORIGINAL.name: original_row(source)}, orders())

    assert list(made) == first_stage(images)
    assert {name: one.row["outcome"] for name, one in made.items()} == dict.fromkeys(made, "ok")
    assert opened.count(source.path) == 1


def test_no_rendition_is_read_back_from_the_disk(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_home: Path, path: bytes) -> bytes:
        raise AssertionError(f"{path!r} was read")

    monkeypatch.setattr(renditions, "read_file", refuse)
    made = visited(source, {ORIGINAL.name: original_row(source)}, orders())
    assert {one.row["outcome"] for one in made.values()} == {"ok"}


def test_one_derivative_alone_is_made_from_the_stored_files_and_looks_the_same(
    source: Source,
) -> None:
    known = {ORIGINAL.name: original_row(source)}
    made = visited(source, known, orders())
    rows = {**known, **{images.table(name): one.row for name, one in made.items()}}

    again = visited(source, rows, orders(["thumbnails"], Mode.REMAKE))

    assert list(again) == ["thumbnails"]
    first, second = made["thumbnails"].row, again["thumbnails"].row
    assert second["fingerprint"] == first["fingerprint"]
    for one, other in zip(first["files"], second["files"], strict=True):
        shown = [Image.open(source.home / file["path"]) for file in (one, other)]
        pixels = [np.asarray(picture, dtype=float) for picture in shown]
        assert np.abs(pixels[0] - pixels[1]).mean() < 1


def test_what_cannot_be_made_is_skipped_within_the_visit(make_source: MakeSource) -> None:
    source = make_source(b"no picture at all", name="notes.txt")
    made = visited(source, {ORIGINAL.name: original_row(source)}, orders())
    assert made["source_record"].row["outcome"] == "unsupported"
    assert made["viewing_copy"].row["outcome"] == "skipped"
    assert str(made["thumbnails"].row["reason"]).startswith("viewing_copy is skipped")
    assert not any(one.is_unfinished for one in made.values())


def test_what_is_there_of_an_incomplete_picture_is_kept_and_nothing_is_made_of_it(
    make_source: MakeSource,
) -> None:
    content = encoded(scene(1200, 800), "JPEG")
    source = make_source(content[: len(content) // 2])
    known = {ORIGINAL.name: original_row(source)}
    made = visited(source, known, orders())

    refused = made["viewing_copy"].row
    assert refused["outcome"] == "rejected"
    assert [file["role"] for file in refused["files"]] == ["partial_preview"]
    with Image.open(source.home / refused["files"][0]["path"]) as preview:
        assert preview.size == (1200, 800)
    assert made["thumbnails"].row["outcome"] == made["model_input"].row["outcome"] == "skipped"
    assert not any(one.is_unfinished for one in made.values())

    rows = {**known, **{images.table(name): one.row for name, one in made.items()}}
    again = visited(source, rows, orders())
    assert not any(one.is_new for one in again.values())


def test_a_picture_without_its_end_marker_is_degraded_and_all_is_made_of_it(
    make_source: MakeSource,
) -> None:
    source = make_source(encoded(scene(1200, 800), "JPEG")[:-2])
    made = visited(source, {ORIGINAL.name: original_row(source)}, orders())
    row = made["viewing_copy"].row
    assert (row["outcome"], row["warnings"]) == (
        "degraded",
        ["the end marker of the JPEG is missing"],
    )
    assert made["thumbnails"].row["outcome"] == "ok"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    home = MediaHome(tmp_path)
    home.create()
    store = RowStore(home.rows)
    declare_tables(store)
    limits = Limits(svg_seconds=1)
    with DecoderPool(workers=2, limits=limits, preload=[DERIVATIVES]) as pool:
        yield Workbench(home, store, pool, "tests")


def accept(store: RowStore, source: Source) -> None:
    frame = pl.DataFrame([original_row(source)], schema=ORIGINAL.schema)
    store.append(ORIGINAL.name, frame, run_id="tests", producer={})


def commit(bench: Workbench, results: list[SourceResult]) -> None:
    for order in orders():
        commit_rows(
            order.today, bench, [one for one in results if one.derivative == order.today.name]
        )


def test_a_source_that_needs_nothing_is_not_visited(
    bench: Workbench, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    accept(bench.store, source)
    (first,) = begin_visits(orders(), bench, [source.source_id])
    commit(bench, first)
    Path(os.fsdecode(source.path)).unlink()

    (second,) = begin_visits(orders(), bench, [source.source_id])

    assert all(result.is_new for result in first)
    assert {one.derivative: one.row["outcome"] for one in first} == dict.fromkeys(
        first_stage(images), "ok"
    )
    assert "one by one" not in caplog.text, "it was made in one visit"
    assert [one.row["code_digest"] for one in first] == [
        code_digest(order.today.recipe.make) for order in orders()
    ]
    assert not any(result.is_new for result in second)
    assert [one.row["fingerprint"] for one in second] == [one.row["fingerprint"] for one in first]


def test_what_kills_a_visit_costs_only_the_derivative_that_is_to_blame(
    bench: Workbench, make_source: MakeSource
) -> None:
    """The header of such a drawing is read in no time; to draw it takes until the end of days."""
    source = make_source(svg_bomb(), name="bomb.svg")
    accept(bench.store, source)

    (results,) = begin_visits(orders(), bench, [source.source_id])

    made = {result.derivative: result.row for result in results}
    assert made["source_record"]["outcome"] == "ok"
    assert made["embedded_metadata"]["outcome"] == "ok"
    assert made["viewing_copy"]["outcome"] == "rejected"
    assert (
        made["viewing_copy"]["reason"] == "takes more processor time to decode than the 1 s allowed"
    )
    assert made["thumbnails"]["outcome"] == "skipped"
