"""How many pictures of a view, or of the hits of a search, each filter would leave."""

from collections.abc import Sequence

from resources.warehouse.published_file import PublishedFile
from web.gallery.grid.facets import FACETS, Count, Facet
from web.gallery.grid.pictures import document_rows
from web.gallery.grid.view import View

Counted = list[tuple[Facet, list[Count]]]
ROWS_OF = "select rowid from images where image_id in (select unnest(?::varchar[]))"
OF_ROWS = "rowid in (select unnest(?::bigint[]))"


def all_facets(published: PublishedFile, view: View) -> Counted:
    """Every facet with its values in this view; those with nothing to choose are left out."""
    counted = ((facet, published.remembered(counts_of, view, facet)) for facet in FACETS)
    return [(facet, counts) for facet, counts in counted if counts]


def counts_of(published: PublishedFile, view: View, facet: Facet) -> list[Count]:
    """One facet's values: ``published.remembered(counts_of, view, facet)``."""
    condition, values = view.condition
    if facet.table != "images" and view.chosen:
        condition = f"image_id in (select image_id from images where {condition})"  # noqa: S608 - conditions of ours
    return facet.counts(published, condition, values)


def facets_of_ids(published: PublishedFile, ids: Sequence[str]) -> Counted:
    """Every facet with its values among a few pictures.

    Rows are read by their numbers: 200 of 20,000 pictures take 25 ms of CPU, of 400,000 60 ms.
    """
    images = [row for (row,) in published.rows(ROWS_OF, [list(ids)]).rows]
    documents = published.remembered(document_rows)
    rows = {
        "images": images,
        "search_documents": [int(documents[row]) for row in images if row < len(documents)],
    }
    counted = ((facet, facet.counts(published, OF_ROWS, [rows[facet.table]])) for facet in FACETS)
    return [(facet, counts) for facet, counts in counted if counts]
