"""What the sidecar files beside a picture say of it: XMP as other programs and people wrote it.

`photo.jpg.xmp` counts above `photo.xmp`, of each the newest one seen. Sidecars are kept like
originals and found again under any name that the picture ever had. A picture without one is `ok`
with nulls; a sidecar that cannot be read is noted (`degraded`). Everything that was found is in the
file `metadata_json`. The texts are as trustworthy as the file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from media_assets.execution.recipe import Engine
from media_assets.images.embedded_metadata import canonical_json, columns
from media_assets.images.medium import images
from resources.decoding.decoding_context import note
from resources.landing.sidecar_names import STEM, WHOLE_NAME
from resources.metadata.tags import MetadataReading, Tags, bounded_tags
from resources.metadata.values import text_of, texts_of
from resources.metadata.xmp_tags import read_xmp
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


def make_sidecar_metadata(image: Source, sidecar_files: SidecarFiles | None) -> SidecarMetadata:
    """Read the sidecars of ``image``. Raises OSError when one cannot be read from the disk."""
    current = current_sidecars(sidecar_files.sidecars if sidecar_files else [])
    if not current:
        return SidecarMetadata()
    tags: Tags = {}
    for sidecar in reversed(current):
        tags |= read_sidecar(image, sidecar)
    bounded = bounded_tags(tags)
    for warning in bounded.notes:
        note(warning)
    content = canonical_json(MetadataReading(bounded.tags), READER, VERSION)
    file = image.derivatives.put(content, ".json", "application/json")
    return said_by(bounded.tags, file, [sidecar.path for sidecar in current])


def current_sidecars(sidecars: Iterable[Sidecar]) -> list[Sidecar]:
    """The newest sidecar of each form, the one that counts most first."""
    newest = {sidecar.form: sidecar for sidecar in sidecars}
    return [newest[form] for form in (WHOLE_NAME, STEM) if form in newest]


def read_sidecar(image: Source, sidecar: Sidecar) -> Tags:
    """The tags of one sidecar; none, and a note, when it is not XMP."""
    path = original_path(image.home, sidecar.mode, sidecar.kept_at)
    kept = Source(image.source_id, sidecar.sha256, sidecar.path, path, image.home)
    reading = read_xmp(kept.content())
    for warning in reading.notes:
        note(f"sidecar {sidecar.path}: {warning}")
    return dict(reading.tags)


def said_by(tags: Tags, file: StoredFile, paths: Sequence[str]) -> SidecarMetadata:
    """The payload that these tags make."""
    ours = {column.name for column in fields(SidecarMetadata)}
    read = vars(columns(tags, file, is_tiff=False))
    common = {name: value for name, value in read.items() if name in ours}
    return SidecarMetadata(
        **common,
        sidecars=list(paths),
        alternative_title=text_of(tags.get("XMP-photoshop:Headline")),
        caption=text_of(tags.get("XMP-iptcCore:AltTextAccessibility")),
        contributors=texts_of(tags.get("XMP-dc:Contributor")),
        spatial_coverage=texts_of(tags.get("XMP-dc:Coverage")),
    )


def reader() -> Engine:
    """The XML parser; its version is that of this reading of it."""
    return Engine(READER, VERSION)


sidecar_metadata = images.asset(
    make_sidecar_metadata,
    group_name="metadata",
    kinds={"xmp"},
    code_version="1",
    engine=reader,
)
