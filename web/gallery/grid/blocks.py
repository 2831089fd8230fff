"""A part of the grid, ready for its template: headings, rows, tiles."""

from collections.abc import Sequence
from dataclasses import dataclass

from resources.warehouse.published_file import PublishedFile
from web.gallery.grid.order import Order, Piece, moment_of, order_of
from web.gallery.grid.pictures import Picture, pictures_of_rows, row_of
from web.gallery.grid.rows import justified
from web.gallery.grid.view import View

LONGEST_PLACE = 300
NO_BATCH = "Without a batch"


@dataclass(frozen=True)
class ShownTile:
    """A picture with its number in the whole grid, from 1, and its size in CSS px."""

    picture: Picture
    number: int
    width: int
    height: int


@dataclass(frozen=True)
class ShownPiece:
    """Rows under one heading; ``is_first`` where the group begins, else the heading is repeated."""

    key: str
    heading: str
    pictures_in_group: int
    is_first: bool
    rows: Sequence[Sequence[ShownTile]]


@dataclass(frozen=True)
class Block:
    """Pictures ``start`` to ``stop`` of ``total``, with the date of the first."""

    start: int
    stop: int
    total: int
    first_id: str
    last_id: str
    month: str
    pieces: Sequence[ShownPiece]


def block_around(published: PublishedFile, view: View, width: int, position: int) -> Block | None:
    """The block in which this position is; None where there are no pictures."""
    order = published.remembered(order_of, view)
    start, stop = order.block_at(position)
    return block_between(published, order, width, start, stop)


def block_after(published: PublishedFile, view: View, width: int, image_id: str) -> Block | None:
    """What follows this picture up to the end of a block; None at the end."""
    order = published.remembered(order_of, view)
    position = position_of(published, order, image_id)
    if position is None or position + 1 >= len(order):
        return None
    _, stop = order.block_at(position + 1)
    return block_between(published, order, width, position + 1, stop)


def block_before(published: PublishedFile, view: View, width: int, image_id: str) -> Block | None:
    """What comes before this picture, from the beginning of a block; None at the beginning."""
    order = published.remembered(order_of, view)
    position = position_of(published, order, image_id)
    if not position:
        return None
    start, _ = order.block_at(position - 1)
    return block_between(published, order, width, start, position)


def position_of(published: PublishedFile, order: Order, place: str) -> int | None:
    """Where a date or a picture's id is in the order; None for what is neither."""
    place = place[:LONGEST_PLACE]
    dated = order.position_of_date(place)
    if dated is not None:
        return dated
    row = row_of(published, place)
    return None if row is None else order.position_of_row(row)


def block_between(
    published: PublishedFile, order: Order, width: int, start: int, stop: int
) -> Block | None:
    """The pictures between two positions in their rows; None for none."""
    if start >= stop:
        return None
    pictures = pictures_of_rows(published, order.rows[start:stop].tolist())
    pieces = [
        shown_piece(order, piece, pictures[piece.start - start : piece.stop - start], width)
        for piece in order.pieces(start, stop)
    ]
    month = f"{moment_of(int(order.moments[start])):%Y-%m}"
    first, last = pictures[0].image_id, pictures[-1].image_id
    return Block(start, stop, len(order), first, last, month, pieces)


def shown_piece(order: Order, piece: Piece, pictures: Sequence[Picture], width: int) -> ShownPiece:
    """One part of a group in rows."""
    ratios = order.ratios[piece.start : piece.stop].tolist()
    rows = justified(ratios, width, is_end=piece.stop == piece.group_stop)
    return ShownPiece(
        str(piece.start),
        heading(order, piece, pictures[0]),
        piece.group_stop - piece.group_start,
        piece.start == piece.group_start,
        [
            [
                ShownTile(pictures[t.place], piece.start + t.place + 1, t.width, t.height)
                for t in row
            ]
            for row in rows
        ],
    )


def heading(order: Order, piece: Piece, first: Picture) -> str:
    """The date or the batch of a group; empty where nothing is grouped."""
    moment = moment_of(int(order.moments[piece.group_start]))
    return {
        "day": f"{moment:%A}, {moment.day} {moment:%B %Y}",
        "month": f"{moment:%B %Y}",
        "year": f"{moment:%Y}",
        "batch": first.batch or NO_BATCH,
        "none": "",
    }[order.unit]
