"""What a search cannot find yet, in sentences: pictures that are still being worked on."""

from collections.abc import Iterable, Sequence

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

FOUND_BY = {
    "catalogue_record": "titles and keywords",
    "ocr_text": "the text in them",
    "caption": "captions",
    "description": "descriptions",
    "text_embedding": "meaning",
    "embedding": "what they look like",
}
"""Derivatives that are searched, and what a picture is found by once it has them."""


def what_is_not_searchable() -> Sequence[str]:
    """What some pictures are not found by yet, a sentence per number; none when all is done."""
    tables = Tables.open()
    ((pictures,),) = tables.rows(PICTURES)
    told = [
        f"{waiting} of {pictures} pictures are still being read: not found yet by {found_by}"
        for waiting, found_by in unread(tables.rows(OPEN)).items()
    ]
    ((known,),) = tables.rows(KNOWN)
    ((published,),) = tables.published_query(PUBLISHED).rows
    new = int(str(known)) - int(str(published))
    return [f"{new} of {known} pictures are too new to be found yet", *told] if new > 0 else told


def unread(waiting: Iterable[Sequence[object]]) -> dict[int, str]:
    """Number of pictures -> what so many are not found by, the largest number first."""
    counts = {str(asset): int(str(count)) for asset, count in waiting}
    numbers = sorted({counts[asset] for asset in FOUND_BY if asset in counts}, reverse=True)
    return {
        number: ", ".join(words for asset, words in FOUND_BY.items() if counts.get(asset) == number)
        for number in numbers
    }
