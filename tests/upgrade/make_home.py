"""Makes the stored home of one version, which later versions are tested to open.

Run once per version, on that version's checkout: ``python -m tests.upgrade.make_home NAME`` writes
``tests/upgrade/NAME.tar.xz``. In it are six tiny pictures with an older and a newer result each,
a damaged picture, a text file, a duplicate and a sidecar; a caption asked for with a hint, another
one preferred, an edit; folded and unfolded rows; both caches, and what the published tables held
(``expected.json``).
"""

import io
import json
import sys
import tarfile
import tempfile
from pathlib import Path

from PIL import Image

from media_assets.curation.human_record import Edit, edit_record
from media_assets.curation.preference import Preference, prefer
from media_assets.execution.repair import repair_requests
from media_assets.images.medium import images
from media_assets.media import image_recipes
from resources.language.hints import Hint
from resources.rows.compaction import compact
from tests.support.main_job import MainJob, main_job, pictures
from tests.support.own_frames import own_query

FOLDER = Path(__file__).parent
LEFT_OUT = ("compute_logs", "landing.sqlite-shm", "landing.sqlite-wal", "locks")
REMADE = "dominant_colors"
"""The derivative of which every picture has two rows."""

TABLES = ("images", "sightings", "artifacts", "batches", "descriptions", "versions", "curation_log")

SIDECAR = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li
 xml:lang="x-default">The old mill</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF>
</x:xmpmeta>"""


def files() -> dict[str, bytes]:
    """File name -> bytes of what is dropped."""
    drawn = pictures(5)
    first = Image.open(io.BytesIO(drawn["picture0.png"]))
    exif = first.getexif()
    exif[0x0110] = "Stored Camera"
    photograph = io.BytesIO()
    first.save(photograph, "JPEG", exif=exif)
    return {
        **drawn,
        "photograph.jpg": photograph.getvalue(),
        "same again.png": drawn["picture0.png"],
        "torn.png": drawn["picture1.png"][:200],
        "shopping list.txt": b"bread and butter\n",
        "photograph.jpg.xmp": SIDECAR,
    }


def make_home(home: Path) -> None:
    """The home after two runs over its images and a compaction of half the tables."""
    with main_job(home) as job:
        job.add("letters", files())
        compact(job.store, "image/thumbnails", min_commits=1)
        remake(job)
        curate(job)
        (home / "expected.json").write_text(json.dumps(expected(job), indent=1, default=str))


def remake(job: MainJob) -> None:
    """Make one derivative of every image again, as ``media reprocess`` asks for it."""
    job.carry_out(
        list(repair_requests(images, job.keys(), job.keys(), assets=[REMADE], force=True))
    )


def curate(job: MainJob) -> None:
    """What people decide: a caption asked for with a hint, the first one preferred, an edit."""
    home = job.settings.media_home
    photograph = job.image_of("photograph.jpg")
    (first,) = job.store.current("image/caption", [photograph]).iter_rows(named=True)
    hint = Hint("by the river")
    again = repair_requests(
        images, job.keys(), [photograph], assets=["caption"], force=True, hint=hint
    )
    job.carry_out(list(again))
    version = f"{first['_seq']}-{first['_row']}"
    prefer(job.store, Preference(photograph, "caption", version, "anna", "shorter"))
    edit_record(home, photograph, Edit({"creators": ["Ann Smith"], "credit": None}, "anna"))
    record = ["catalogue_record"]
    job.carry_out(list(repair_requests(images, job.keys(), [photograph], assets=record)))


def expected(job: MainJob) -> dict[str, object]:
    """What the version itself says of the home."""
    results = {name: sorted(map(list, rows), key=str) for name, rows in job.results().items()}
    return {
        "assets": sorted(image_recipes()),
        "results": results,
        "row_count": job.row_count(),
        "tables": {table: records(job, table) for table in TABLES},
    }


def records(job: MainJob, table: str) -> list[dict[str, object]]:
    """The rows of a published table by column name, in the order of all their values."""
    found = own_query(job.settings.media_home.warehouse, f"from {table} order by all")
    return json.loads(json.dumps(found.to_dicts(), default=str))


def pack(home: Path, target: Path) -> None:
    """The home as ``home/`` in an archive, without logs, locks and what belongs to no version."""

    def wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if any(part in LEFT_OUT for part in Path(entry.name).parts):
            return None
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    with tarfile.open(target, "w:xz", preset=9) as archive:
        archive.add(home, "home", filter=wanted)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        made = Path(folder) / "home"
        make_home(made)
        pack(made, FOLDER / f"{sys.argv[1]}.tar.xz")
