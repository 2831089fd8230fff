"""Which tag of which standard feeds which column, the one that counts most first.

This is the one table of it: docs/metadata.md shows the same, and a test compares them. Dates have
theirs in ``photo_times``, positions in ``photo_position``, prompts in ``generation_prompts``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from resources.metadata.ranking import RankedTags

MWG = "MWG 2.0"
CIPA = "CIPA DC-008 (EXIF)"
IPTC = "IPTC Photo Metadata"

TEXT_TAGS: Mapping[str, RankedTags] = {
    "camera_make": RankedTags(others=("IFD0:Make", "XMP-tiff:Make"), source=CIPA),
    "camera_model": RankedTags(others=("IFD0:Model", "XMP-tiff:Model"), source=CIPA),
    "lens_model": RankedTags(
        others=("ExifIFD:LensModel", "XMP-exifEX:LensModel", "XMP-aux:Lens"), source=CIPA
    ),
    "title": RankedTags(
        iptc="IPTC:ObjectName",
        iptc_length=64,
        xmp=("XMP-dc:Title",),
        others=("IFD0:XPTitle", "PNG:Title", "SVG:Title", "PDF:Title"),
    ),
    "alternative_title": RankedTags(
        iptc="IPTC:Headline", iptc_length=256, xmp=("XMP-photoshop:Headline",), source=IPTC
    ),
    "caption": RankedTags(others=("XMP-iptcCore:AltTextAccessibility",), source=IPTC),
    "description": RankedTags(
        "IFD0:ImageDescription",
        "IPTC:Caption-Abstract",
        2000,
        ("XMP-dc:Description",),
        (
            *("ExifIFD:UserComment", "XMP-exif:UserComment", "IFD0:XPComment", "IFD0:XPSubject"),
            *("PNG:Description", "PNG:Comment", "SVG:Desc", "PDF:Subject"),
            "File:Comment",
        ),
    ),
    "creators": RankedTags(
        "IFD0:Artist",
        "IPTC:By-line",
        32,
        ("XMP-dc:Creator",),
        ("IFD0:XPAuthor", "PNG:Author", "PNG:Artist", "PDF:Author"),
    ),
    "contributors": RankedTags(others=("XMP-dc:Contributor",), source="Dublin Core"),
    "events": RankedTags(
        others=("XMP-iptcExt:Event", "XMP-mediapro:Event", "XMP-expressionmedia:Event"), source=IPTC
    ),
    "spatial_coverage": RankedTags(others=("XMP-dc:Coverage",), source="Dublin Core"),
    "copyright": RankedTags(
        "IFD0:Copyright", "IPTC:CopyrightNotice", 128, ("XMP-dc:Rights",), ("PNG:Copyright",)
    ),
    "credit": RankedTags(
        iptc="IPTC:Credit", iptc_length=32, xmp=("XMP-photoshop:Credit",), source=IPTC
    ),
    "software": RankedTags(
        exif="IFD0:Software", xmp=("XMP-xmp:CreatorTool",), others=("PNG:Software",), source=CIPA
    ),
    "location": RankedTags(
        iptc="IPTC:Sub-location", iptc_length=32, xmp=("XMP-iptcCore:Location",)
    ),
    "city": RankedTags(iptc="IPTC:City", iptc_length=32, xmp=("XMP-photoshop:City",)),
    "state": RankedTags(iptc="IPTC:Province-State", iptc_length=32, xmp=("XMP-photoshop:State",)),
    "country": RankedTags(
        iptc="IPTC:Country-PrimaryLocationName", iptc_length=64, xmp=("XMP-photoshop:Country",)
    ),
    "icc_profile_name": RankedTags(others=("ICC_Profile:ProfileDescription",), source="ICC.1"),
}
"""Columns of text: the first tag with a text counts."""

NUMBER_TAGS: Mapping[str, RankedTags] = {
    "orientation": RankedTags(others=("IFD0:Orientation", "XMP-tiff:Orientation"), source=CIPA),
    "exposure_seconds": RankedTags(
        others=("ExifIFD:ExposureTime", "IFD0:ExposureTime", "XMP-exif:ExposureTime"), source=CIPA
    ),
    "f_number": RankedTags(
        others=("ExifIFD:FNumber", "IFD0:FNumber", "XMP-exif:FNumber"), source=CIPA
    ),
    "iso": RankedTags(
        others=(
            *("ExifIFD:ISO", "IFD0:ISO", "XMP-exif:ISO"),
            "XMP-exifEX:PhotographicSensitivity",
        ),
        source=CIPA,
    ),
    "focal_length_mm": RankedTags(
        others=("ExifIFD:FocalLength", "IFD0:FocalLength", "XMP-exif:FocalLength"), source=CIPA
    ),
    "rating": RankedTags(others=("XMP-xmp:Rating", "IFD0:Rating")),
}
"""Columns of numbers: the first usable one counts."""

JOINED_BY_SEMICOLON = ("IFD0:Artist", "IFD0:XPAuthor")
"""Tags that hold a list in one text."""


@dataclass(frozen=True)
class KeywordTag:
    """A tag that holds keywords; of "Nature|Animals|Cat" every level is one.

    Without ``separator`` each text is one keyword.
    """

    tag: str
    separator: str = ""
    source: str = ""


KEYWORD_TAGS = (
    KeywordTag("XMP-dc:Subject", "", MWG),
    KeywordTag("IPTC:Keywords", "", MWG),
    KeywordTag("IFD0:XPKeywords", ";", "Windows"),
    KeywordTag("XMP-lr:HierarchicalSubject", "|", "Lightroom, darktable"),
    KeywordTag("XMP-lr:WeightedFlatSubject", "", "Lightroom"),
    KeywordTag("XMP-digiKam:TagsList", "/", "digiKam"),
    KeywordTag("XMP-microsoft:LastKeywordXMP", "/", "Windows Photo Gallery"),
    KeywordTag("XMP-microsoft:LastKeywordIPTC", "/", "Windows Photo Gallery"),
    KeywordTag("XMP-mediapro:CatalogSets", "|", "Media Pro"),
    KeywordTag("XMP-expressionmedia:CatalogSets", "|", "Expression Media"),
    KeywordTag("XMP-photoshop:SupplementalCategories", "", "Photoshop"),
    KeywordTag("IPTC:SupplementalCategories", "", "IPTC-IIM 4.2, 2:20"),
    KeywordTag("XMP-pdf:Keywords", ",", "PDF"),
    KeywordTag("PDF:Keywords", ",", "PDF"),
    KeywordTag("PNG:Keywords", ",", "PNG"),
)
"""Where keywords are written: all of them count together."""

KEYWORD_TREES = ("XMP-mwg-kw:KeywordInfo",)
"""Structures of keywords within keywords (Metadata Working Group, Guidelines 2.0)."""


@dataclass(frozen=True)
class PeopleTag:
    """A tag that names people: ``path`` leads through its structures to the names."""

    tag: str
    path: tuple[str, ...] = ()
    source: str = ""


REGIONS = PeopleTag("XMP-mwg-rs:RegionInfo", ("RegionList", "Name"), f"{MWG}; Picasa")

PEOPLE_TAGS = (
    REGIONS,
    PeopleTag("XMP-iptcExt:PersonInImage", (), IPTC),
    PeopleTag("XMP-iptcExt:PersonInImageWDetails", ("PersonName",), IPTC),
    PeopleTag("XMP-iptcExt:ImageRegion", ("PersonInImage",), IPTC),
    PeopleTag("XMP-MP:RegionInfoMP", ("Regions", "PersonDisplayName"), "Windows Photo Gallery"),
    PeopleTag("XMP-acdsee-rs:Regions", ("RegionList", "Name"), "ACDSee"),
    PeopleTag("XMP-mediapro:People", (), "Media Pro"),
    PeopleTag("XMP-expressionmedia:People", (), "Expression Media"),
)
"""Where people are named: all of them count together."""
