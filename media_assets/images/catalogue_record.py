"""The catalogue record: what is known of a picture, merged from all who say something, by field.

Where several say something the highest rank counts: people, then the sidecar file, then what is
embedded in the picture, then what Google Takeout wrote beside it, then models. `sources` names for
each field who said it. A field that a person removed stays empty, also when the others say
something. Of captions, descriptions and tags the version is read that people prefer, else the
newest. Title, keywords, creators and the others
follow Dublin Core; texts that come from files and models are as trustworthy as those.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from media_assets.curation.human_record import HumanRecord
from media_assets.execution.recipe import Engine
from media_assets.images.caption import Caption
from media_assets.images.description import Description
from media_assets.images.embedded_metadata import EmbeddedMetadata
from media_assets.images.medium import images
from media_assets.images.sidecar_metadata import SidecarMetadata
from media_assets.images.zero_shot_tags import ZeroShotTags
from resources.metadata.catalogue_fields import FIELDS, FieldKind, clean_values, text_of_number
from resources.metadata.moments import free_moment_of, iso_text
from resources.metadata.takeout import TAKEN_TAG
from resources.sources.originals import Source

HUMAN, SIDECAR, EMBEDDED, TAKEOUT, MODEL = "human", "sidecar", "embedded", "takeout", "model"
"""Who says something, highest rank first."""

PLACE = ("location", "city", "state", "country")
"""From small to large; together they are where the picture was made."""

IN_METADATA = (
    *("title", "alternative_title", "caption", "description", "keywords", "creators"),
    *("contributors", "people", "events", "spatial_coverage", "copyright", "credit", "rating"),
    *("latitude", "longitude", *PLACE),
)
"""Fields that metadata hold under the same name."""


@dataclass(frozen=True)
class FieldSource:
    """Who said a field: "human", "sidecar", "embedded", "takeout" or "model"; `asset` is the table.

    `is_deleted` says that a person removed the field: it is empty on purpose.
    """

    field: str
    source: str
    asset: str
    is_deleted: bool


@dataclass(frozen=True)
class CatalogueRecord:
    """One picture's merged record; null or empty means that nobody says anything.

    `creation_date` is ISO 8601, as precise as is known, on the clock of the place, or as a person
    wrote it. `taken_at` is the same as a time, with its `taken_at_precision` and distance to UTC as
    in embedded_metadata, unless only a model says it; `taken_at_tag` is the tag that it comes from,
    or the table. `people` are those in the picture. `latitude` and `longitude` are WGS 84 degrees
    (north and east positive), `rating` -1 (rejected) to 5.
    `location` is the place within the city; where nobody says `creation_location`, it is put
    together from it, city, state and country.
    """

    title: str | None
    alternative_title: str | None
    caption: str | None
    description: str | None
    abstract: str | None
    subject: list[str]
    tags: list[str]
    keywords: list[str]
    creators: list[str]
    contributors: list[str]
    people: list[str]
    events: list[str]
    spatial_coverage: list[str]
    temporal_coverage: list[str]
    themes: list[str]
    objects_identified: list[str]
    expressions_identified: list[str]
    models_identified: list[str]
    creation_date: str | None
    creation_location: str | None
    location: str | None
    city: str | None
    state: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    copyright: str | None
    credit: str | None
    rating: int | None
    sources: list[FieldSource]
    taken_at: datetime | None = None
    taken_at_offset_minutes: int | None = None
    taken_at_precision: str | None = None
    taken_at_tag: str | None = None


@dataclass(frozen=True)
class Statement:
    """What one source says: field -> texts. ``deleted`` are fields that it wants empty.

    ``offset_minutes`` and ``tag`` belong to its creation date.
    """

    source: str
    asset: str
    values: Mapping[str, Sequence[str]]
    deleted: frozenset[str] = frozenset()
    offset_minutes: int | None = None
    tag: str | None = None


def make_catalogue_record(
    image: Source,
    human_record: HumanRecord | None,
    sidecar_metadata: SidecarMetadata | None,
    embedded_metadata: EmbeddedMetadata | None,
    caption: Caption | None,
    description: Description | None,
    zero_shot_tags: ZeroShotTags | None,
) -> CatalogueRecord:
    """Merge what everybody says of ``image``; reads no file."""
    del image  # the record depends on what is said, not on the file
    statements = []
    if human_record:
        statements.append(said_by_people(human_record))
    if sidecar_metadata:
        statements.append(said_in_metadata(SIDECAR, "sidecar_metadata", sidecar_metadata))
    if embedded_metadata:
        statements.append(said_in_metadata(EMBEDDED, "embedded_metadata", embedded_metadata))
    if sidecar_metadata:
        statements.append(said_by_takeout(sidecar_metadata))
    if caption:
        statements.append(Statement(MODEL, "caption", {"caption": [caption.caption]}))
    if description:
        statements.append(Statement(MODEL, "description", said_by_model(description)))
    if zero_shot_tags:
        tags = [tag.label for tag in zero_shot_tags.tags]
        statements.append(Statement(MODEL, "zero_shot_tags", {"tags": tags}))
    return merged(statements)


def merged(statements: Sequence[Statement]) -> CatalogueRecord:
    """The record of statements that are in order of rank, the one that counts most first."""
    values: dict[str, object] = {}
    sources: list[FieldSource] = []
    for name, field in FIELDS.items():
        said = first_to_speak(name, statements)
        texts = list(said.values.get(name, ())) if said and name not in said.deleted else []
        values[name] = texts if field.kind is FieldKind.TEXTS else single(texts, field.kind)
        if said:
            sources.append(FieldSource(name, said.source, said.asset, name in said.deleted))
    if values["creation_location"] is None and not is_said("creation_location", sources):
        values["creation_location"] = ", ".join(str(values[p]) for p in PLACE if values[p]) or None
    taken = taken_as_said(first_to_speak("creation_date", statements))
    return CatalogueRecord(**values, **taken, sources=sources)  # type: ignore[arg-type]  # by FIELDS


def taken_as_said(said: Statement | None) -> dict[str, object]:
    """The columns of the creation date as a time; empty where nobody but a model says one."""
    if said is None or said.source == MODEL or "creation_date" in said.deleted:
        return {}
    moment = free_moment_of(said.values["creation_date"][0])
    if moment is None:
        return {}
    offset = moment.offset_minutes if said.offset_minutes is None else said.offset_minutes
    return {
        "taken_at": moment.local,
        "taken_at_offset_minutes": offset,
        "taken_at_precision": moment.precision,
        "taken_at_tag": said.tag or said.asset,
    }


def is_said(name: str, sources: Iterable[FieldSource]) -> bool:
    """Whether somebody said the field, or that it must stay empty."""
    return any(source.field == name for source in sources)


def first_to_speak(name: str, statements: Iterable[Statement]) -> Statement | None:
    """The first statement that says something of the field, or wants it empty."""
    return next((one for one in statements if name in one.deleted or one.values.get(name)), None)


def single(texts: Sequence[str], kind: FieldKind) -> str | float | None:
    """The one value of a field; None without one."""
    if not texts:
        return None
    if kind is FieldKind.NUMBER:
        number = float(texts[0])
        return int(number) if number.is_integer() else number
    return texts[0]


def said_by_people(record: HumanRecord) -> Statement:
    """What people set, and what they removed."""
    kept = [field for field in record.fields if field.name in FIELDS]
    values = {field.name: field.values for field in kept if not field.is_deleted}
    deleted = frozenset(field.name for field in kept if field.is_deleted)
    return Statement(HUMAN, "human_record", values, deleted)


def said_in_metadata(
    source: str, asset: str, metadata: EmbeddedMetadata | SidecarMetadata
) -> Statement:
    """What a picture's or a sidecar's metadata say, in the fields of the record."""
    said = {name: getattr(metadata, name) for name in IN_METADATA}
    values = {
        name: texts_of(value if isinstance(value, list) else [value])
        for name, value in said.items()
    }
    if metadata.taken_at:
        values["creation_date"] = [iso_text(metadata.taken_at, metadata.taken_at_precision)]
    return Statement(
        source,
        asset,
        values,
        offset_minutes=metadata.taken_at_offset_minutes,
        tag=metadata.taken_at_tag,
    )


def said_by_takeout(metadata: SidecarMetadata) -> Statement:
    """What Google Takeout wrote beside the picture; its clock is UTC."""
    values = {
        "description": texts_of([metadata.takeout_description]),
        "people": texts_of(metadata.takeout_people or []),
        "latitude": texts_of([metadata.takeout_latitude]),
        "longitude": texts_of([metadata.takeout_longitude]),
    }
    if metadata.takeout_taken_at:
        values["creation_date"] = [iso_text(metadata.takeout_taken_at, "second")]
    return Statement(TAKEOUT, "sidecar_metadata", values, offset_minutes=0, tag=TAKEN_TAG)


def said_by_model(description: Description) -> dict[str, list[str]]:
    """What a language model says, in the fields of the record."""
    said = {name: value for name, value in vars(description).items() if name in FIELDS}
    return {
        name: texts_of(value if isinstance(value, list | tuple) else [value])
        for name, value in said.items()
    }


def texts_of(values: Sequence[object]) -> list[str]:
    """The values as clean texts, those that are missing left out."""
    return clean_values(
        [
            text_of_number(value) if isinstance(value, int | float) else str(value)
            for value in values
            if value is not None
        ]
    )


def merging() -> Engine:
    """No software but this: nothing outside decides what comes out."""
    return Engine("builtin", "1")


catalogue_record = images.asset(
    make_catalogue_record,
    group_name="catalogue",
    kinds={"json"},
    code_version="3",
    engine=merging,
    reads_preferred=True,
)
