"""Links sidecars to the pictures whose name they carry, in any order of arrival.

After each commit the ledger knows which paths were sighted; here each is compared with the files of
the same name in the same folder of the same root. An image keeps every sidecar that it ever had
under any of its names, so that a rename loses none; of one path the newest bytes count. A row is
written only when an image's sidecars changed, and images whose run is over already wait for another
one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from resources.landing.ledger import LandingLedger
from resources.landing.ledger_links import files_between, forget_unlinked, unlinked, wait_again
from resources.landing.scan_pass import ScanPass
from resources.landing.sidecar_names import form_of, is_sidecar, ranges_beside
from resources.rows.row_envelope import asserted_envelope, envelope
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.identities import KnownSource
from resources.sources.source_identity import display_path
from resources.sources.source_rows import IMAGE_MEDIUM, PRODUCER

CHUNK_PREFIX = "sidecars-"

SIDECAR = pl.Struct(
    {
        "form": pl.String,
        "root": pl.String,
        "path": pl.String,
        "sha256": pl.String,
        "size_bytes": pl.Int64,
        "mode": pl.String,
        "kept_at": pl.Binary,
    }
)
SIDECAR_FILES = Table(
    "ingest/sidecar_files",
    pl.Schema({**envelope(), "sidecars": pl.List(SIDECAR)}),
    ("image_id",),
    "The sidecars of each image (XMP, or JSON of a Google Takeout), found beside it in its folder "
    "under any name it ever had. "
    "Written by the landing sensor whenever an image's sidecars change.",
)

PATHS_AT_ONCE = 2000

Links = dict[tuple[str, str], "Link"]
"""(root, path) of a sidecar -> the link."""


@dataclass(frozen=True)
class Link:
    """One sidecar of one image: how it names it, where it was seen, and where its bytes are.

    ``path`` is for display, ``kept_at`` as in an original row (``mode`` says relative to what).
    """

    form: str
    root: str
    path: str
    sha256: str
    size_bytes: int
    mode: str
    kept_at: bytes


def link_sidecars(scan: ScanPass) -> None:
    """Link what was sighted since the last time; images that are done wait for a run again."""
    while places := unlinked(scan.ledger, PATHS_AT_ONCE):
        found = found_links(scan.ledger, places)
        changed = changed_images(scan.rows, found)
        if changed:
            frame = pl.DataFrame(link_rows(changed), schema=SIDECAR_FILES.schema)
            scan.rows.append(SIDECAR_FILES.name, frame, run_id="sidecars", producer=PRODUCER)
        with scan.ledger.transaction():
            for image_ids in _slices(list(changed), scan.settings.batch_size):
                wait_again(scan.ledger, _chunk_id(image_ids, changed), image_ids)
            forget_unlinked(scan.ledger, places)


def found_links(ledger: LandingLedger, places: Iterable[tuple[str, bytes]]) -> dict[str, Links]:
    """Image id -> the sidecars found beside it, for sidecars and pictures at these places."""
    found: dict[str, Links] = {}
    for root, path in places:
        beside = same_named(ledger, root, path)
        here = beside.pop(path, None)
        if here is None:
            continue
        for other, source in beside.items():
            is_owner_here = is_sidecar(other)
            sidecar, picture = (other, path) if is_owner_here else (path, other)
            form = form_of(sidecar, picture) if is_sidecar(path) != is_owner_here else None
            bytes_of_sidecar, owner = (source, here) if is_owner_here else (here, source)
            if form and owner.medium == IMAGE_MEDIUM:
                link = _link(form, root, sidecar, bytes_of_sidecar)
                found.setdefault(owner.source_id, {})[root, link.path] = link
    return found


def same_named(ledger: LandingLedger, root: str, path: bytes) -> dict[bytes, KnownSource]:
    """What is, or was, in this folder under such a name, the file itself included."""
    found: dict[bytes, KnownSource] = {}
    for first, end in ranges_beside(path):
        found |= files_between(ledger, root, first, end)
    return found


def changed_images(rows: RowStore, found: Mapping[str, Links]) -> dict[str, list[Link]]:
    """Image id -> all its sidecars, newest last, for the images that have new or other ones."""
    changed = {}
    known = rows.current(SIDECAR_FILES.name, list(found)).iter_rows(named=True) if found else ()
    before = {row["image_id"]: links_of(row) for row in known}
    for image_id, links in found.items():
        old = before.get(image_id, {})
        new = {place: link for place, link in links.items() if old.get(place) != link}
        if new:
            kept = {place: link for place, link in old.items() if place not in new}
            changed[image_id] = [*kept.values(), *new.values()]
    return changed


def links_of(row: Mapping[str, Any]) -> Links:
    """The links that a stored row names."""
    return {(one["root"], one["path"]): Link(**one) for one in row["sidecars"]}


def link_rows(changed: Mapping[str, Sequence[Link]]) -> list[dict[str, object]]:
    """The rows that record these images' sidecars."""
    return [
        {
            **asserted_envelope("ingest", image_id=image_id, fingerprint=_fingerprint(links)),
            "sidecars": [asdict(link) for link in links],
        }
        for image_id, links in changed.items()
    ]


def _link(form: str, root: str, path: bytes, kept: KnownSource) -> Link:
    shown = display_path(path)
    return Link(form, root, shown, kept.sha256, kept.size_bytes, kept.mode, kept.path)


def _fingerprint(links: Iterable[Link]) -> str:
    said = [(link.form, link.root, link.path, link.sha256) for link in links]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _chunk_id(image_ids: Sequence[str], links: Mapping[str, Sequence[Link]]) -> str:
    """The run key: named by what is linked, so that it is the same when made again."""
    said = "\n".join(f"{image_id} {_fingerprint(links[image_id])}" for image_id in image_ids)
    return f"{CHUNK_PREFIX}{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _slices(image_ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (image_ids[start : start + size] for start in range(0, len(image_ids), size))
