"""All pictures from one to another in the order of a view: what shift chooses in the grid."""

from resources.warehouse.published_file import PublishedFile
from web.gallery.grid.order import Order, order_of
from web.gallery.grid.pictures import row_of
from web.gallery.grid.view import View

IDS_OF = "select image_id from images where rowid in (select unnest(?::bigint[]))"
GONE = "One end of this range is not among these pictures (any more): choose it again."
TOO_MANY = "These are {count:,} pictures; at most {most:,} can be chosen at a time."


class NoEnd(LookupError):
    """A picture that is not in the view; the message says what to do."""


class LongRange(ValueError):
    """The range has more pictures than may be chosen; the message says how many."""


def ids_between(
    published: PublishedFile, view: View, first: str, last: str, *, most: int
) -> list[str]:
    """Ids of these two pictures and of all between them, whichever of the two comes first.

    Raises NoEnd, or LongRange when they are more than ``most``.
    """
    order = published.remembered(order_of, view)
    ends = [position_in(published, order, one) for one in (first, last)]
    count = max(ends) - min(ends) + 1
    if count > most:
        raise LongRange(TOO_MANY.format(count=count, most=most))
    rows = order.rows[min(ends) : max(ends) + 1].tolist()
    return [image_id for (image_id,) in published.rows(IDS_OF, [rows]).rows]


def position_in(published: PublishedFile, order: Order, image_id: str) -> int:
    """Where this picture stands in the order. Raises NoEnd."""
    row = row_of(published, image_id)
    position = None if row is None else order.position_of_row(row)
    if position is None:
        raise NoEnd(GONE)
    return position
