"""What the sidecar files beside a picture say of it: XMP as other programs and people wrote it.

`photo.jpg.xmp` counts above `photo.xmp`, of each the newest one seen. Sidecars are kept like
originals and found again under any name that the picture ever had. A picture without one is `ok`
with nulls, and so is one whose sidecar cannot be read, or only in part: `warnings` say so.
Everything that was found is in the file `metadata_json`. The texts are as trustworthy as the file.
What Google Takeout wrote beside the picture is in columns of its own (`takeout_...`), since it
counts less than the picture's own metadata.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from media_assets.execution.recipe import Engine
from media_assets.images.embedded_metadata import canonical_json, columns
from media_assets.images.medium import images
from resources.decoding.decoding_context import remark
from resources.landing.sidecar_names import STEM, WHOLE_NAME
from resources.metadata import takeout
from resources.metadata.tags import MetadataReading, Tags, bounded_tags
from resources.metadata.takeout import TakeoutFacts, read_takeout
from resources.metadata.xmp_tags import LARGEST_PACKET_BYTES, read_xmp
from resources.sources.originals import Source, original_path
from resources.stores.content_store import StoredFile

READER, VERSION = "defusedxml", "1"


@dataclass(frozen=True)
class Sidecar:
    """One sidecar file; `kept_at` is relative to MEDIA_HOME in mode "move", else absolute."""

    form: str
    root: str
    path: str
    sha256: str
    size_bytes: int
    mode: str
    kept_at: bytes


@dataclass(frozen=True)
class SidecarFiles:
    """The sidecars that an image ever had, the newest last."""

    sidecars: list[Sidecar]


@dataclass(frozen=True)
class SidecarMetadata:
    """What one picture's sidecars say; null means not given. Units: see embedded_metadata.

    `sidecars` are the paths of those that were read, the one that counts most first.
    `takeout_taken_at` is UTC.
    """

    sidecars: list[str] = field(default_factory=list)
    taken_at: datetime | None = None
    taken_at_precision: str | None = None
    title: str | None = None
    alternative_title: str | None = None
    caption: str | None = None
    description: str | None = None
    keywords: list[str] = field(default_factory=list)
    creators: list[str] = field(default_factory=list)
    contributors: list[str] = field(default_factory=list)
    spatial_coverage: list[str] = field(default_factory=list)
    copyright: str | None = None
    credit: str | None = None
    rating: int | None = None
    location: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    metadata_json: StoredFile | None = None
    taken_at_offset_minutes: int | None = None
    taken_at_tag: str | None = None
    events: list[str] | None = None
    people: list[str] | None = None
    takeout_taken_at: datetime | None = None
    takeout_description: str | None = None
    takeout_people: list[str] | None = None
    takeout_latitude: float | None = None
    takeout_longitude: float | None = None


def make_sidecar_metadata(image: Source, sidecar_files: SidecarFiles | None) -> SidecarMetadata:
    """Read the sidecars of ``image``. Raises OSError when one cannot be read from the disk."""
    known = sidecar_files.sidecars if sidecar_files else []
    current = current_sidecars(known)
    exported = takeout_facts(image, known)
    if not current:
        return with_takeout(SidecarMetadata(), exported)
    tags: Tags = {}
    for sidecar in reversed(current):
        tags |= read_sidecar(image, sidecar)
    bounded = bounded_tags(tags)
    for warning in bounded.notes:
        remark(warning)
    content = canonical_json(MetadataReading(bounded.tags), READER, VERSION)
    file = image.derivatives.put(content, ".json", "application/json")
    paths = [sidecar.path for sidecar in current]
    return with_takeout(said_by(bounded.tags, file, paths), exported)


def current_sidecars(sidecars: Iterable[Sidecar]) -> list[Sidecar]:
    """The newest XMP sidecar of each form, the one that counts most first."""
    newest = {one.form: one for one in sidecars if not is_takeout(one)}
    return [newest[form] for form in (WHOLE_NAME, STEM) if form in newest]


def is_takeout(sidecar: Sidecar) -> bool:
    """Whether the sidecar is JSON, which only Google Takeout writes."""
    return sidecar.path.lower().endswith(takeout.SUFFIX)


def takeout_facts(image: Source, sidecars: Iterable[Sidecar]) -> TakeoutFacts | None:
    """What the newest file of Google Takeout says; None without one."""
    newest = next((one for one in reversed([*sidecars]) if is_takeout(one)), None)
    content = content_of(image, newest, takeout.LARGEST_TAKEOUT_BYTES) if newest else None
    if newest is None or content is None:
        return None
    facts, notes = read_takeout(content)
    for warning in notes:
        remark(f"sidecar {newest.path}: {warning}")
    return facts


def with_takeout(said: SidecarMetadata, exported: TakeoutFacts | None) -> SidecarMetadata:
    """The payload with the columns of Google Takeout."""
    if exported is None:
        return said
    return replace(
        said,
        takeout_taken_at=exported.taken_at,
        takeout_description=exported.description,
        takeout_people=exported.people,
        takeout_latitude=exported.latitude,
        takeout_longitude=exported.longitude,
    )


def read_sidecar(image: Source, sidecar: Sidecar) -> Tags:
    """The tags of one sidecar; none, and a remark, when it is not XMP."""
    content = content_of(image, sidecar, LARGEST_PACKET_BYTES)
    if content is None:
        return {}
    reading = read_xmp(content)
    for warning in reading.notes:
        remark(f"sidecar {sidecar.path}: {warning}")
    return dict(reading.tags)


def content_of(image: Source, sidecar: Sidecar, most_bytes: int) -> bytes | None:
    """The bytes of a sidecar; None, and a remark, when there are too many."""
    if sidecar.size_bytes > most_bytes:
        remark(f"sidecar {sidecar.path}: {sidecar.size_bytes} bytes are too many: left unread")
        return None
    path = original_path(image.home, sidecar.mode, sidecar.kept_at)
    named = (image.source_id, sidecar.sha256, sidecar.path)
    return Source(*named, path, image.home, size_bytes=sidecar.size_bytes).content()


def said_by(tags: Tags, file: StoredFile, paths: Sequence[str]) -> SidecarMetadata:
    """The payload that these tags make."""
    ours = {column.name for column in fields(SidecarMetadata)}
    read = vars(columns(tags, file, is_tiff=False))
    common = {name: value for name, value in read.items() if name in ours}
    return SidecarMetadata(**common, sidecars=list(paths))


def reader() -> Engine:
    """The XML parser; its version is that of this reading of it."""
    return Engine(READER, VERSION)


sidecar_metadata = images.asset(
    make_sidecar_metadata,
    group_name="metadata",
    kinds={"xmp", "json"},
    code_version="4",
    engine=reader,
)
