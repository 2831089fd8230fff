"""The table of tags in docs/metadata.md is the one in the code."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from media_assets.images.embedded_metadata import EmbeddedMetadata
from resources.metadata.column_tags import (
    CIPA,
    KEYWORD_TAGS,
    KEYWORD_TREES,
    MWG,
    NUMBER_TAGS,
    PEOPLE_TAGS,
    REGIONS,
    TEXT_TAGS,
)
from resources.metadata.generation_prompts import PROMPT_TAGS
from resources.metadata.photo_position import LATITUDE, LONGITUDE
from resources.metadata.photo_times import MODIFIED, TAKEN
from resources.metadata.ranking import RankedTags

PAGE = Path(__file__).parents[3] / "docs" / "metadata.md"
HEAD = "| column | tags, the one that counts most first | source |\n|---|---|---|\n"
COMPUTED = {
    *("taken_at_offset_minutes", "taken_at_precision", "taken_at_tag", "flash_fired", "altitude_m"),
    *("gps_at", "colour_space", "has_exif", "has_iptc", "has_xmp", "has_icc", "metadata_json"),
}
"""Columns that come along with others, or of one tag only."""


def quoted(*tags: str) -> str:
    return ", ".join(f"`{tag}`" for tag in tags)


def by_rank(ranked: RankedTags) -> str:
    """EXIF, then XMP and IPTC of which the digest decides, then all others."""
    iptc = (ranked.iptc,) if ranked.iptc else ()
    pair = " or ".join(f"`{tag}`" for tag in (*ranked.xmp, *iptc))
    exif = quoted(ranked.exif) if ranked.exif else ""
    return ", ".join(part for part in (exif, pair, quoted(*ranked.others)) if part)


def rows() -> Iterator[tuple[str, str, str]]:
    yield "taken_at", quoted(*(one.stamp for one in TAKEN)), f"{MWG}; PNG 3rd edition, 11.3.3"
    yield "modified_at", quoted(*(one.stamp for one in MODIFIED)), CIPA
    yield "latitude", quoted(LATITUDE.exif, LATITUDE.xmp), CIPA
    yield "longitude", quoted(LONGITUDE.exif, LONGITUDE.xmp), CIPA
    for column, ranked in {**TEXT_TAGS, **NUMBER_TAGS}.items():
        yield column, by_rank(ranked), ranked.source
    yield "generation_prompt", quoted(*PROMPT_TAGS), "the programs themselves"
    for keyword in KEYWORD_TAGS:
        levels = f", levels apart by `{keyword.separator}`" if keyword.separator else ""
        tag = f"`{keyword.tag}`{levels}".replace("|", "\\|")
        yield "keywords (union)", tag, keyword.source
    for tree in KEYWORD_TREES:
        yield "keywords (union)", f"`{tree}`, every level", MWG
    yield "keywords (union)", f"`{REGIONS.tag}`, regions of type Pet", MWG
    for person in PEOPLE_TAGS:
        inside = f", in it `{'/'.join(person.path)}`" if person.path else ""
        yield "people (union)", f"`{person.tag}`{inside}", person.source


def test_the_page_shows_the_table_of_the_code() -> None:
    table = HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows())
    assert table in PAGE.read_text(), f"docs/metadata.md should hold:\n{table}"


def test_every_tag_is_named_with_its_group() -> None:
    """A name in parentheses without a comma is a text, and its letters are no tags."""
    ranked = [*TEXT_TAGS.values()]
    assert [tag for one in ranked for tag in (*one.xmp, *one.others) if ":" not in tag] == []


def test_every_column_has_its_tags() -> None:
    known = {column.removesuffix(" (union)") for column, _, _ in rows()}
    columns = {field.name for field in dataclasses.fields(EmbeddedMetadata)}
    assert columns - COMPUTED == known
