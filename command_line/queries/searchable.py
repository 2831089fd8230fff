"""What a search cannot find yet, in sentences: pictures that are still being worked on."""

from collections.abc import Sequence

from command_line.queries.tables import Tables

OPEN = """
select asset, count(distinct image_id) as images
from gaps
where medium = 'image' and can_change and gap in ('missing', 'failed')
group by asset
"""
PICTURES = "select count(*) from images where outcome not in ('rejected', 'unsupported')"
PUBLISHED = "select count(*) from search_documents"
KNOWN = "select count(*) from images"

STILL_OPEN = {
    "catalogue_record": "have no titles and keywords yet",
    "ocr_text": "are still being read: the text in them is not found yet",
    "caption": "have no caption yet",
    "description": "have no description yet",
    "text_embedding": "are not found by meaning yet",
    "embedding": "are not found by what they look like yet",
}
"""Derivatives that are searched, and what their absence means."""


def what_is_not_searchable() -> Sequence[str]:
    """One sentence per kind of knowledge that some pictures still lack; none when all is done."""
    tables = Tables.open()
    ((pictures,),) = tables.rows(PICTURES)
    waiting = {str(asset): int(str(count)) for asset, count in tables.rows(OPEN)}
    told = [
        f"{waiting[asset]} of {pictures} pictures {words}"
        for asset, words in STILL_OPEN.items()
        if waiting.get(asset)
    ]
    ((known,),) = tables.rows(KNOWN)
    ((published,),) = tables.published_query(PUBLISHED).rows
    new = int(str(known)) - int(str(published))
    return [f"{new} of {known} pictures are too new to be found yet", *told] if new > 0 else told
