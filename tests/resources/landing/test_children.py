"""Sources that assets make of a source: offered for a run like landed ones, and none twice."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from resources.landing.ingest import confirm, look_at_landing, waiting_source_ids
from resources.landing.ledger_database import discard_database
from resources.landing.sidecar_links import SIDECAR_FILES
from resources.rows.row_store import RowStore
from resources.sources.acceptance import Accepted, Arrival, accept
from resources.stores.content_store import ContentStore

ROOT = Path(__file__).parents[3]

ACCEPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.sources.acceptance import Arrival, accept
from resources.stores.content_store import ContentStore

home = MediaHome(Path(sys.argv[1]))
arrivals = []
for content in map(str.encode, sys.argv[2:]):
    stored = ContentStore(home.originals).put(content, ".png", "image/png")
    path = stored.path.encode()
    arrivals.append(
        Arrival(stored.sha256, len(content), b"page.png", "move", path, parent_id="book-1")
    )
accept(home, RowStore(home.rows), arrivals, root="archive", batch="b", now=datetime.now(UTC))
"""


def accept_elsewhere(landing: Any, *contents: str) -> None:
    """Children are accepted by another process."""
    command = [sys.executable, "-c", ACCEPT, landing.settings.home, *contents]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=environment, check=True)


def add_children(landing: Any, *contents: bytes, **told: Any) -> list[Accepted]:
    """Children of the parent ``book-1`` are accepted here."""
    home = landing.settings.media_home
    arrivals = []
    for content in contents:
        stored = ContentStore(home.originals).put(content, ".png", "image/png")
        given = {"parent_id": "book-1", "place": '{"page": 1}', **told}
        path = stored.path.encode()
        arrivals.append(Arrival(stored.sha256, len(content), b"page.png", "move", path, **given))
    rows = RowStore(home.rows)
    return accept(home, rows, arrivals, root="archive", batch="job", now=landing.wall)


def offered(landing: Any) -> list[tuple[str, ...]]:
    return [chunk.source_ids for chunk in landing.look().chunks]


def test_children_are_offered_for_their_first_run_like_landed_files(landing: Any) -> None:
    landing.drop("job/a.jpg", b"parent")
    (first,) = landing.settle().chunks
    confirm(landing.settings.media_home, [first.id])

    children = add_children(landing, b"page 1", b"page 2")
    (chunk,) = landing.look().chunks

    assert chunk.id == children[0].chunk_id
    assert chunk.source_ids == tuple(child.source_id for child in children)
    assert (chunk.root, chunk.batch, chunk.medium) == ("archive", "job", "image")
    confirm(landing.settings.media_home, [chunk.id])
    add_children(landing, b"page 1", b"page 2")
    assert landing.look().chunks == ()


def test_children_that_are_accepted_between_a_looks_first_and_last_step_are_seen(
    landing: Any,
) -> None:
    """The look has caught up with the rows before; another process writes some, then it does.

    One child has the very bytes that the look is about to accept: there must be one source.
    """
    landing.drop("job/a.jpg", b"landed")
    landing.look()

    def medium_of(_head: bytes) -> None:
        accept_elsewhere(landing, "page 1", "landed", "page 2")

    landing.steady_s += 60
    found = look_at_landing(landing.settings, clock=landing.clock, medium_of=medium_of)

    names = landing.originals["image_id"].to_list()
    waiting = [source_id for chunk in found.chunks for source_id in chunk.source_ids]
    assert len(names) == len(set(names)) == landing.originals["sha256"].n_unique() == 3
    assert sorted(waiting) == sorted(names)
    assert landing.left == []
    assert (
        landing.sightings["image_id"].to_list()
        == landing.originals.filter(sha256=hashlib.sha256(b"landed").hexdigest())[
            "image_id"
        ].to_list()
    )
    assert sorted(offered(landing)) == sorted(chunk.source_ids for chunk in found.chunks)


def test_a_lost_ledger_offers_children_again_too(landing: Any) -> None:
    landing.drop("job/a.jpg", b"parent")
    landing.settle()
    add_children(landing, b"page 1")
    before = landing.look().chunks

    discard_database(landing.settings.media_home.ledger, "lost by the test")

    assert landing.look().chunks == before
    assert waiting_source_ids(landing.settings.media_home) == set(landing.originals["image_id"])


def test_a_dropped_file_with_the_bytes_of_a_child_is_a_copy_of_it(landing: Any) -> None:
    (child,) = add_children(landing, b"page 1")

    landing.drop("job/seen.png", b"page 1")
    result = landing.settle()

    assert (result.accepted_count, result.duplicate_count) == (0, 1)
    (sighting,) = landing.sightings.to_dicts()
    assert (sighting["image_id"], sighting["is_new"]) == (child.source_id, False)
    assert landing.originals.height == 1
    assert len(landing.kept) == 1


def test_a_look_leaves_alone_what_an_asset_is_writing(landing: Any) -> None:
    home = landing.settings.media_home
    home.create()
    writing = home.originals / ".0123456789abcdef.partial"
    abandoned = home.originals / ".fedcba9876543210.partial"
    for path in (writing, abandoned):
        path.write_bytes(b"half of it")
    os.utime(abandoned, (1e9, 1e9))

    landing.look()

    assert writing.exists()
    assert not abandoned.exists()


def film_or_image(head: bytes) -> str | None:
    return "film" if head.startswith(b"FILM") else None


def test_the_medium_of_a_file_is_told_by_its_first_bytes(landing: Any) -> None:
    """Not by its name; a chunk holds one medium, and known bytes keep theirs."""
    heads = []

    def medium_of(head: bytes) -> str | None:
        heads.append(head)
        return film_or_image(head)

    long = b"FILM" + bytes(10_000)
    landing.medium_of = medium_of
    for name, content in (("a.jpg", long), ("b.mp4", b"picture"), ("c.jpg", b"FILM 2")):
        landing.drop(f"job/{name}", content)

    chunks = landing.settle().chunks

    media = dict(landing.originals.select("file_name", "medium").iter_rows())
    assert media == {"a.jpg": "film", "b.mp4": None, "c.jpg": "film"}
    assert sorted((chunk.medium, len(chunk.source_ids)) for chunk in chunks) == [
        ("film", 2),
        ("image", 1),
    ]
    assert sorted(heads) == sorted([long[:4096], b"picture", b"FILM 2"])
    assert set(landing.sightings["batch"]) == {"job"}
    landing.medium_of = lambda _: "book"
    landing.drop("again/d.jpg", long)
    landing.settle()
    assert landing.originals.height == 3
    assert landing.look().chunks == chunks


@pytest.mark.parametrize("mode", ["move", "reference"])
def test_a_sidecar_is_of_no_medium_and_waits_beside_what_is_no_picture(
    make_landing: Any, mode: str
) -> None:
    landing = make_landing(mode)
    landing.medium_of = film_or_image
    landing.drop("job/a.mp4", b"FILM")
    landing.drop("job/a.mp4.xmp", b"FILM too, by its first bytes")

    (chunk,) = landing.settle().chunks

    assert (chunk.medium, len(chunk.source_ids)) == ("film", 1)
    roles = dict(landing.originals.select("role", "medium").iter_rows())
    assert roles == {"image": "film", "sidecar": None}
    assert landing.rows(SIDECAR_FILES).is_empty()
