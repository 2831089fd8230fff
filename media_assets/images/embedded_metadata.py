"""What a picture's file says about it: EXIF, GPS, IPTC and XMP, and the ICC profile's name.

Read by exiftool when it is installed, else by Pillow; the columns are the same. Where several kinds
of metadata hold the same fact, the Metadata Working Group's guidelines decide. All texts come from
the file and are as trustworthy as the file. A picture without metadata is `ok` with nulls; broken
metadata is left out and noted (`degraded`). Everything that was found is in the file
`metadata_json`, binary values by length and digest.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from media_assets.execution.recipe import Engine
from media_assets.images.medium import images
from media_assets.images.source_record import SourceRecord
from resources.decoding.decoding_context import note
from resources.metadata.embedded_metadata_reader import chosen_engine, read_embedded_metadata
from resources.metadata.photo_position import altitude_m, coordinates
from resources.metadata.photo_times import time_located, time_modified, time_taken
from resources.metadata.ranking import RankedTags, ranked_tag, ranked_texts
from resources.metadata.tags import MetadataReading, TagValue
from resources.metadata.values import number_of, text_of, texts_of, whole_number_of
from resources.sources.originals import Source
from resources.stores.content_store import StoredFile

LONGEST_NAME = 500
"""Characters of a name or keyword; IPTC allows 64 bytes, XMP any number."""

MAKE = ("IFD0:Make", "XMP-tiff:Make")
MODEL = ("IFD0:Model", "XMP-tiff:Model")
LENS = ("ExifIFD:LensModel", "XMP-exifEX:LensModel", "XMP-aux:Lens")
ORIENTATION = ("IFD0:Orientation", "XMP-tiff:Orientation")
EXPOSURE = ("ExifIFD:ExposureTime", "IFD0:ExposureTime", "XMP-exif:ExposureTime")
F_NUMBER = ("ExifIFD:FNumber", "IFD0:FNumber", "XMP-exif:FNumber")
ISO = ("ExifIFD:ISO", "IFD0:ISO", "XMP-exif:ISO", "XMP-exifEX:PhotographicSensitivity")
FOCAL_LENGTH = ("ExifIFD:FocalLength", "IFD0:FocalLength", "XMP-exif:FocalLength")
RATING = ("XMP-xmp:Rating", "IFD0:Rating")
COLOR_SPACES = {1: "sRGB", 2: "Adobe RGB", 65535: "uncalibrated"}
"""EXIF ColorSpace (CIPA DC-008, 4.6.5); 2 is no standard, but written by many."""

TITLE = RankedTags(
    iptc="IPTC:ObjectName",
    iptc_length=64,
    xmp=("XMP-dc:Title",),
    others=("IFD0:XPTitle", "PNG:Title"),
)
DESCRIPTION = RankedTags(
    "IFD0:ImageDescription",
    "IPTC:Caption-Abstract",
    2000,
    ("XMP-dc:Description",),
    ("ExifIFD:UserComment", "IFD0:XPComment", "PNG:Description"),
)
KEYWORDS = RankedTags(
    iptc="IPTC:Keywords", iptc_length=64, xmp=("XMP-dc:Subject",), others=("IFD0:XPKeywords",)
)
CREATORS = RankedTags(
    "IFD0:Artist",
    "IPTC:By-line",
    32,
    ("XMP-dc:Creator",),
    ("IFD0:XPAuthor", "PNG:Author"),
)
COPYRIGHT = RankedTags(
    "IFD0:Copyright", "IPTC:CopyrightNotice", 128, ("XMP-dc:Rights",), ("PNG:Copyright",)
)
CREDIT = RankedTags(iptc="IPTC:Credit", iptc_length=32, xmp=("XMP-photoshop:Credit",))
SOFTWARE = RankedTags(exif="IFD0:Software", xmp=("XMP-xmp:CreatorTool",), others=("PNG:Software",))
LOCATION = RankedTags(iptc="IPTC:Sub-location", iptc_length=32, xmp=("XMP-iptcCore:Location",))
CITY = RankedTags(iptc="IPTC:City", iptc_length=32, xmp=("XMP-photoshop:City",))
STATE = RankedTags(iptc="IPTC:Province-State", iptc_length=32, xmp=("XMP-photoshop:State",))
COUNTRY = RankedTags(
    iptc="IPTC:Country-PrimaryLocationName", iptc_length=64, xmp=("XMP-photoshop:Country",)
)
JOINED_BY_SEMICOLON = ("IFD0:Artist", "IFD0:XPKeywords", "IFD0:XPAuthor")
"""Tags that hold a list in one text."""


@dataclass(frozen=True)
class EmbeddedMetadata:
    """One picture's embedded metadata; null means not given, or not usable.

    `taken_at` is the time on the camera's clock, without time zone; `taken_at_offset_minutes` is
    its distance to UTC (east positive). `taken_at_precision` is "year", "month", "day", "minute" or
    "second" (parts of a second are kept), `taken_at_tag` where it comes from. `modified_at` is a
    wall clock, too; `gps_at` is UTC. `latitude` and `longitude` are WGS 84 degrees (north and east
    positive), `altitude_m` metres above sea level. `orientation` is EXIF's 1 to 8, `rating` -1
    (rejected) to 5. `colour_space` is what EXIF declares: "sRGB", "Adobe RGB", "uncalibrated".
    `location` is the place within the city.
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


def make_embedded_metadata(image: Source, source_record: SourceRecord) -> EmbeddedMetadata:
    """Read the metadata of ``image``; pixels are not decoded, so damaged ones do not matter.

    Raises UnsupportedImage when the reader in use does not know the format, RejectedImage when
    reading takes too long, OSError for a disk error.
    """
    engine, version = chosen_engine()
    reading = read_embedded_metadata(image.content(), source_record.format, engine)
    for warning in reading.notes:
        note(warning)
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
    """The payload that these tags make. Tags that are there but unusable are noted."""
    taken, modified = time_taken(tags), time_modified(tags)
    position = coordinates(tags)
    return EmbeddedMetadata(
        taken_at=taken.moment.local if taken else None,
        taken_at_offset_minutes=taken.moment.offset_minutes if taken else None,
        taken_at_precision=taken.moment.precision if taken else None,
        taken_at_tag=taken.tag if taken else None,
        modified_at=modified.moment.local if modified else None,
        camera_make=name(tags, RankedTags(others=MAKE)),
        camera_model=name(tags, RankedTags(others=MODEL)),
        lens_model=name(tags, RankedTags(others=LENS)),
        orientation=whole(tags, ORIENTATION, 1, 8),
        exposure_seconds=measured(tags, EXPOSURE, at_most=86_400),
        f_number=measured(tags, F_NUMBER, at_most=1_000),
        iso=whole(tags, ISO, 1, 100_000_000),
        focal_length_mm=measured(tags, FOCAL_LENGTH, at_most=100_000),
        flash_fired=flash_fired(tags),
        latitude=position[0] if position else None,
        longitude=position[1] if position else None,
        altitude_m=altitude_m(tags),
        gps_at=time_located(tags),
        title=name(tags, TITLE),
        description="\n".join(ranked_texts(tags, DESCRIPTION)) or None,
        keywords=names(tags, KEYWORDS),
        creators=names(tags, CREATORS),
        copyright=name(tags, COPYRIGHT),
        credit=name(tags, CREDIT),
        rating=whole(tags, RATING, -1, 5),
        software=name(tags, SOFTWARE),
        location=name(tags, LOCATION),
        city=name(tags, CITY),
        state=name(tags, STATE),
        country=name(tags, COUNTRY),
        icc_profile_name=name(tags, RankedTags(others=("ICC_Profile:ProfileDescription",))),
        colour_space=colour_space(tags),
        has_exif=has_group(
            tags, ("ExifIFD:", "GPS:") if is_tiff else ("IFD0:", "ExifIFD:", "GPS:")
        ),
        has_iptc=has_group(tags, ("IPTC",)),
        has_xmp=has_group(tags, ("XMP-",)),
        has_icc=has_group(tags, ("ICC",)),
        metadata_json=metadata_json,
    )


def name(tags: Mapping[str, TagValue], ranked: RankedTags) -> str | None:
    """The first text of the tag that counts."""
    texts = ranked_texts(tags, ranked)
    return texts[0][:LONGEST_NAME] if texts else None


def names(tags: Mapping[str, TagValue], ranked: RankedTags) -> list[str]:
    """All texts of the tag that counts; texts that hold a list are split at semicolons."""
    tag = ranked_tag(tags, ranked)
    texts: list[TagValue] = list(texts_of(tags[tag])) if tag else []
    if tag in JOINED_BY_SEMICOLON:
        texts = [part.strip().strip('"') for text in texts for part in str(text).split(";")]
    return [text[:LONGEST_NAME] for text in texts_of(texts)]


def measured(
    tags: Mapping[str, TagValue], tag_names: tuple[str, ...], *, at_most: float
) -> float | None:
    """The first usable number above 0 (which stands for unknown) up to ``at_most``."""
    for tag in tag_names:
        number = number_of(tags.get(tag))
        if number is not None and 0 < number <= at_most:
            return number
        if texts_of(tags.get(tag)) and number != 0:
            note(f"{tag} is not usable: {text_of(tags[tag])}")
    return None


def whole(
    tags: Mapping[str, TagValue], tag_names: tuple[str, ...], at_least: int, at_most: int
) -> int | None:
    """The first usable whole number between the two; 0 outside them stands for unknown."""
    for tag in tag_names:
        number = whole_number_of(tags.get(tag))
        if number is not None and at_least <= number <= at_most:
            return number
        if texts_of(tags.get(tag)) and number != 0:
            note(f"{tag} is not usable: {text_of(tags[tag])}")
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
    code_version="1",
    engine=engine,
)
