"""How many pictures of a view each filter would leave."""

from resources.warehouse.published_file import PublishedFile
from web.gallery.grid.facets import FACETS, Count, Facet
from web.gallery.grid.view import View


def all_facets(published: PublishedFile, view: View) -> list[tuple[Facet, list[Count]]]:
    """Every facet with its values in this view; those with nothing to choose are left out."""
    counted = ((facet, published.remembered(counts_of, view, facet)) for facet in FACETS)
    return [(facet, counts) for facet, counts in counted if counts]


def counts_of(published: PublishedFile, view: View, facet: Facet) -> list[Count]:
    """One facet's values: ``published.remembered(counts_of, view, facet)``."""
    condition, values = view.condition
    return facet.counts(published, condition, values)
