"""What a picture's file says about it: EXIF, GPS, IPTC and XMP, and the ICC profile's name.

Read by exiftool when it is installed, else by Pillow; the columns are the same. Where several kinds
of metadata hold the same fact, the Metadata Working Group's guidelines decide; which tag feeds
which column is listed in docs/metadata.md. All texts come from the file and are as trustworthy as
the file. The outcome is `ok`, whatever the metadata are: what is broken, or too large, is left out,
and `warnings` say so. Everything that was found is in the file `metadata_json`, binary values by
length and digest.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from media_assets.execution.recipe import Engine
from media_assets.images.medium import images
from media_assets.images.source_record import SourceRecord
from resources.decoding.decoding_context import remark
from resources.metadata.boilerplate import without_boilerplate
from resources.metadata.column_tags import JOINED_BY_SEMICOLON, NUMBER_TAGS, TEXT_TAGS
from resources.metadata.embedded_metadata_reader import chosen_engine, read_embedded_metadata
from resources.metadata.generation_prompts import generation_prompt
from resources.metadata.keywords_and_people import keywords, people
from resources.metadata.photo_position import altitude_m, coordinates
from resources.metadata.photo_times import time_located, time_modified, time_taken
from resources.metadata.ranking import ranked_tag, ranked_texts
from resources.metadata.tags import MetadataReading, TagValue
from resources.metadata.values import number_of, text_of, texts_of, whole_number_of
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

LONGEST_NAME = 500
"""Characters of a name or keyword; IPTC allows 64 bytes, XMP any number."""

ONE_TEXT = (
    *("camera_make", "camera_model", "lens_model", "title", "alternative_title", "copyright"),
    *("credit", "software", "location", "city", "state", "country", "icc_profile_name"),
)
"""Columns of one text each: the first of the tag that counts."""

EXIF_OF_TIFF = ("ExifIFD:", "GPS:")
EXIF_GROUPS = ("IFD0:", *EXIF_OF_TIFF)
"""Every TIFF has a first directory, with or without EXIF."""

COLOR_SPACES = {1: "sRGB", 2: "Adobe RGB", 65535: "uncalibrated"}
"""EXIF ColorSpace (CIPA DC-008, 4.6.5); 2 is no standard, but written by many."""


@dataclass(frozen=True)
class EmbeddedMetadata:
    """One picture's embedded metadata; null means not given, or not usable.

    `taken_at` is the time on the camera's clock, without time zone; `taken_at_offset_minutes` is
    its distance to UTC (east positive). `taken_at_precision` is "year", "month", "day", "minute",
    "second" or "fraction": finer parts than that are unknown, and filled with the first possible
    ones. `taken_at_tag` is the tag that it comes from. `modified_at` is a wall clock, too; `gps_at`
    is UTC. `latitude` and `longitude` are WGS 84 degrees (north and east
    positive), `altitude_m` metres above sea level. `orientation` is EXIF's 1 to 8, `rating` -1
    (rejected) to 5. `colour_space` is what EXIF declares: "sRGB", "Adobe RGB", "uncalibrated".
    `location` is the place within the city. `title`, `description` and the like are what people
    wrote: what cameras and programs write there by themselves is left out. `keywords` and `people`
    are the union of all tags for them, `generation_prompt` are the words by which a program was
    asked to generate the picture. Columns that older versions did not fill are null in their rows.
    """

    taken_at: datetime | None
    taken_at_offset_minutes: int | None
    taken_at_precision: str | None
    taken_at_tag: str | None
    modified_at: datetime | None
    camera_make: str | None
    camera_model: str | None
    lens_model: str | None
    orientation: int | None
    exposure_seconds: float | None
    f_number: float | None
    iso: int | None
    focal_length_mm: float | None
    flash_fired: bool | None
    latitude: float | None
    longitude: float | None
    altitude_m: float | None
    gps_at: datetime | None
    title: str | None
    description: str | None
    keywords: list[str]
    creators: list[str]
    copyright: str | None
    credit: str | None
    rating: int | None
    software: str | None
    location: str | None
    city: str | None
    state: str | None
    country: str | None
    icc_profile_name: str | None
    colour_space: str | None
    has_exif: bool
    has_iptc: bool
    has_xmp: bool
    has_icc: bool
    metadata_json: StoredFile
    alternative_title: str | None = None
    caption: str | None = None
    contributors: list[str] | None = None
    events: list[str] | None = None
    spatial_coverage: list[str] | None = None
    people: list[str] | None = None
    generation_prompt: str | None = None


def make_embedded_metadata(image: Source, source_record: SourceRecord) -> EmbeddedMetadata:
    """Read the metadata of ``image``; pixels are not decoded, so damaged ones do not matter.

    Raises OSError for a disk error.
    """
    engine, version = chosen_engine()
    reading = read_embedded_metadata(image.content(), source_record.format, engine)
    for warning in reading.notes:
        remark(warning)
    content = canonical_json(reading, engine, version)
    file = image.derivatives.put(content, ".json", "application/json")
    return columns(reading.tags, file, is_tiff=source_record.format == "tiff")


def canonical_json(reading: MetadataReading, engine: str, version: str) -> bytes:
    """All that was found, as JSON in UTF-8 with sorted keys."""
    found = {"reader": f"{engine} {version}", "tags": reading.tags, "notes": list(reading.notes)}
    text = json.dumps(found, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode("utf-8")


def columns(
    tags: Mapping[str, TagValue], metadata_json: StoredFile, *, is_tiff: bool
) -> EmbeddedMetadata:
    """The payload that these tags make. Tags that are there but unusable are remarked on."""
    taken, modified = time_taken(tags), time_modified(tags)
    position = coordinates(tags)
    written = without_boilerplate(tags)
    texts = {column: ranked_texts(written, ranked) for column, ranked in TEXT_TAGS.items()}
    named = {column: first_of(texts[column]) for column in ONE_TEXT}
    return EmbeddedMetadata(
        **named,
        taken_at=taken.moment.local if taken else None,
        taken_at_offset_minutes=taken.moment.offset_minutes if taken else None,
        taken_at_precision=taken.moment.precision if taken else None,
        taken_at_tag=taken.tag if taken else None,
        modified_at=modified.moment.local if modified else None,
        orientation=whole(tags, "orientation", 1, 8),
        exposure_seconds=measured(tags, "exposure_seconds", at_most=86_400),
        f_number=measured(tags, "f_number", at_most=1_000),
        iso=whole(tags, "iso", 1, 100_000_000),
        focal_length_mm=measured(tags, "focal_length_mm", at_most=100_000),
        flash_fired=flash_fired(tags),
        latitude=position[0] if position else None,
        longitude=position[1] if position else None,
        altitude_m=altitude_m(tags),
        gps_at=time_located(tags),
        caption=joined(texts["caption"]),
        description=joined(texts["description"]),
        keywords=names(keywords(tags)),
        people=names(people(tags)),
        creators=names(creators(written)),
        contributors=names(texts["contributors"]),
        events=names(texts["events"]),
        spatial_coverage=names(texts["spatial_coverage"]),
        rating=whole(tags, "rating", -1, 5),
        generation_prompt=generation_prompt(tags),
        colour_space=colour_space(tags),
        has_exif=has_group(tags, EXIF_OF_TIFF if is_tiff else EXIF_GROUPS),
        has_iptc=has_group(tags, ("IPTC",)),
        has_xmp=has_group(tags, ("XMP-",)),
        has_icc=has_group(tags, ("ICC",)),
        metadata_json=metadata_json,
    )


def first_of(texts: Sequence[str]) -> str | None:
    """The first text, not longer than LONGEST_NAME."""
    return texts[0][:LONGEST_NAME] if texts else None


def joined(texts: Sequence[str]) -> str | None:
    """Several texts of one tag, one below the other."""
    return "\n".join(texts) or None


def names(texts: Sequence[str]) -> list[str]:
    """The texts, none longer than LONGEST_NAME, each once."""
    return list(dict.fromkeys(text[:LONGEST_NAME] for text in texts))


def creators(tags: Mapping[str, TagValue]) -> list[str]:
    """All texts of the tag that counts; texts that hold a list are split at semicolons."""
    tag = ranked_tag(tags, TEXT_TAGS["creators"])
    texts = texts_of(tags[tag]) if tag else []
    if tag in JOINED_BY_SEMICOLON:
        texts = [part.strip().strip('"') for text in texts for part in text.split(";")]
    return [text for text in texts if text]


def measured(tags: Mapping[str, TagValue], column: str, *, at_most: float) -> float | None:
    """The first usable number above 0 (which stands for unknown) up to ``at_most``."""
    for tag in NUMBER_TAGS[column].others:
        number = number_of(tags.get(tag))
        if number is not None and 0 < number <= at_most:
            return number
        if texts_of(tags.get(tag)) and number != 0:
            remark(f"{tag} is not usable: {text_of(tags[tag])}")
    return None


def whole(tags: Mapping[str, TagValue], column: str, at_least: int, at_most: int) -> int | None:
    """The first usable whole number between the two; 0 outside them stands for unknown."""
    for tag in NUMBER_TAGS[column].others:
        number = whole_number_of(tags.get(tag))
        if number is not None and at_least <= number <= at_most:
            return number
        if texts_of(tags.get(tag)) and number != 0:
            remark(f"{tag} is not usable: {text_of(tags[tag])}")
    return None


def flash_fired(tags: Mapping[str, TagValue]) -> bool | None:
    """The lowest bit of EXIF's Flash, or the field of XMP's."""
    bits = whole_number_of(tags.get("ExifIFD:Flash"))
    if bits is not None:
        return bool(bits & 1)
    flash = tags.get("XMP-exif:Flash")
    fired = text_of(flash.get("Fired")) if isinstance(flash, dict) else None
    return fired.lower() == "true" if fired else None


def colour_space(tags: Mapping[str, TagValue]) -> str | None:
    """The color space that EXIF declares; "R03" is how cameras say Adobe RGB (DCF 2.0)."""
    if text_of(tags.get("InteropIFD:InteropIndex")) == "R03":
        return "Adobe RGB"
    declared = tags.get("ExifIFD:ColorSpace", tags.get("XMP-exif:ColorSpace"))
    return COLOR_SPACES.get(whole_number_of(declared) or 0)


def has_group(tags: Mapping[str, TagValue], groups: tuple[str, ...]) -> bool:
    """Whether the file has a block of metadata of these groups."""
    return any(tag.startswith(groups) for tag in tags)


def engine() -> Engine:
    """Exiftool where it is installed, else the readers that come with the Python packages."""
    return Engine(*chosen_engine())


embedded_metadata = images.asset(
    make_embedded_metadata,
    group_name="metadata",
    kinds={"exif", "json"},
    code_version="5",
    engine=engine,
)
