"""Which of several tags counts when they hold the same fact.

The rules are the Metadata Working Group's: "Guidelines for Handling Image Metadata", version 2.0,
November 2010, chapter 5, as exiftool applies them (lib/Image/ExifTool/MWG.pm; tests compare with
it). EXIF comes first. Of IPTC-IIM and XMP, XMP counts as long as the digest that its writer stored
beside the IPTC block still fits the block; if the block was changed since, by a program that knows
no XMP, IPTC counts, unless it is only XMP's text cut to IPTC's length.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from resources.metadata.tags import TagValue
from resources.metadata.values import texts_of

CURRENT_DIGEST = "File:CurrentIPTCDigest"
"""MD5 of the IPTC block as it is."""

STORED_DIGEST = "Photoshop:IPTCDigest"
"""MD5 of the IPTC block when XMP was last written along with it."""


@dataclass(frozen=True)
class RankedTags:
    """The tags that hold one fact.

    ``xmp`` and ``others`` are in order of preference; ``others`` are outside the guidelines and
    count when nothing else is there. ``iptc_length`` is the longest text that IPTC-IIM allows.
    ``source`` says where the ranks are from.
    """

    exif: str | None = None
    iptc: str | None = None
    iptc_length: int = 0
    xmp: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    source: str = "MWG 2.0"


def ranked_tag(tags: Mapping[str, TagValue], ranked: RankedTags) -> str | None:
    """The name of the tag that counts, None when none of them has a text."""
    exif = ranked.exif if ranked.exif and texts_of(tags.get(ranked.exif)) else None
    iptc = ranked.iptc if ranked.iptc and texts_of(tags.get(ranked.iptc)) else None
    xmp = first_present(tags, ranked.xmp)
    newer = xmp if xmp_is_current(tags) or _is_cut(tags, iptc, xmp, ranked.iptc_length) else iptc
    return exif or newer or iptc or xmp or first_present(tags, ranked.others)


def ranked_texts(tags: Mapping[str, TagValue], ranked: RankedTags) -> list[str]:
    """The texts of the tag that counts, empty when there is none."""
    name = ranked_tag(tags, ranked)
    return texts_of(tags[name]) if name else []


def xmp_is_current(tags: Mapping[str, TagValue]) -> bool:
    """Whether XMP is at least as new as the IPTC block."""
    current, stored = tags.get(CURRENT_DIGEST), tags.get(STORED_DIGEST)
    return current is None or stored is None or current == stored


def first_present(tags: Mapping[str, TagValue], names: tuple[str, ...]) -> str | None:
    """The first of ``names`` with a text; ``XMP-dc:Title`` also finds ``XMP-dc:Title-fr``."""
    for name in names:
        alternatives = (key for key in tags if key.startswith(f"{name}-"))
        found = next((key for key in (name, *alternatives) if texts_of(tags.get(key))), None)
        if found:
            return found
    return None


def _is_cut(tags: Mapping[str, TagValue], iptc: str | None, xmp: str | None, length: int) -> bool:
    """Whether IPTC's texts are XMP's, where one of them had to be cut to ``length``."""
    if iptc is None or xmp is None:
        return False
    pairs = list(zip(texts_of(tags[iptc]), texts_of(tags[xmp]), strict=False))
    same = all(short in (whole, whole[:length]) for short, whole in pairs)
    return same and len(texts_of(tags[iptc])) == len(texts_of(tags[xmp]))
