"""Pictures from the test suites of other projects, through the real pool: see tests/corpus."""

import csv
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_assets import DERIVATIVES
from media_assets.images.source_record import SourceRecord, make_source_record
from media_assets.images.viewing_copy import AT_MOST_PX, ViewingCopy, make_viewing_copy
from resources.configuration.settings import Limits
from resources.decoding.decoder_pool import Attempt, DecoderPool, Task
from resources.outcomes import USABLE, Outcome
from resources.sources.originals import Source

CORPUS = Path(__file__).parents[2] / "corpus"

with (CORPUS / "manifest.csv").open(newline="") as file:
    PICTURES = list(csv.DictReader(file))

Attempts = dict[str, tuple[Attempt, Attempt | None]]


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attempts]:
    """File name -> how its source record and its viewing copy went."""
    home = tmp_path_factory.mktemp("corpus")
    images = [
        Source(row["file"], row["sha256"], row["file"], os.fsencode(CORPUS / row["file"]), home)
        for row in PICTURES
    ]
    with DecoderPool(2, Limits(decode_seconds=30), preload=[DERIVATIVES]) as pool:
        records = list(pool.run(Task(make_source_record, image, {}) for image in images))
        copies = pool.run(
            Task(make_viewing_copy, task.source, {"source_record": record.value})
            for task, record in records
            if record.outcome in USABLE
        )
        copy_of = {task.source.source_id: copy for task, copy in copies}
        yield {
            task.source.source_id: (record, copy_of.get(task.source.source_id))
            for task, record in records
        }


@pytest.mark.parametrize("row", PICTURES, ids=[row["file"] for row in PICTURES])
def test_every_picture_of_the_corpus_is_usable_or_refused_as_it_should(
    attempts: Attempts, row: dict[str, str]
) -> None:
    record, copy = attempts[row["file"]]
    last = copy or record
    if row["expected"] == "refused":
        assert last.outcome in (Outcome.REJECTED, Outcome.UNSUPPORTED)
        assert last.reason
    else:
        assert last.outcome in USABLE, last.reason
        assert isinstance(record.value, SourceRecord)
        assert isinstance(last.value, ViewingCopy)
        width, height = int(row["width_px"]), int(row["height_px"])
        assert (record.value.width_px, record.value.height_px) == (width, height)
        copy_width, copy_height = last.value.file.width_px or 0, last.value.file.height_px or 0
        assert max(copy_width, copy_height) <= AT_MOST_PX
        assert copy_width * height == pytest.approx(copy_height * width, abs=max(width, height))


def test_the_corpus_is_complete_and_unchanged() -> None:
    listed = {row["file"]: row["sha256"] for row in PICTURES}
    notices = {"manifest.csv", "NOTICE"}
    files = [path for path in CORPUS.iterdir() if path.is_file() and path.name not in notices]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == listed
