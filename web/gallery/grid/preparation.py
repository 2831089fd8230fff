"""What the grid needs of a newly published file before somebody looks: worked out once, ahead.

For a million pictures that takes seconds; the first visitor must not wait for it.
"""

from resources.warehouse.published_file import PublishedFile
from web.gallery.grid.counts import all_facets
from web.gallery.grid.order import order_of
from web.gallery.grid.pictures import document_rows
from web.gallery.grid.view import View

USUAL = View()
"""All pictures, as they are shown to who has chosen nothing."""


def prepare_grid(published: PublishedFile) -> None:
    """Remember the order of all pictures, where their words are, and the counts of the filters."""
    published.remembered(order_of, USUAL)
    published.remembered(document_rows)
    all_facets(published, USUAL)
