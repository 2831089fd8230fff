"""Which derivatives are expected of a source: those of its purposes, and those that need none.

``expected_artifacts.sql`` says the same to the tables; nothing else decides it.
"""

from collections.abc import Collection, Mapping, Sequence

from media_assets.execution.plans import Order
from media_assets.execution.recipe import Recipe
from resources.rows.row_store import RowStore
from resources.sources.purposes import purposes_of


def is_expected(recipe: Recipe, purposes: Collection[str]) -> bool:
    """Whether sources with these purposes should have the derivative."""
    return not recipe.purposes or not recipe.purposes.isdisjoint(purposes)


def orders_by_source(
    orders: Sequence[Order], store: RowStore, source_ids: Sequence[str]
) -> Mapping[str, Sequence[Order]]:
    """What is to be made of each source: what is expected of it, or was asked for by a person."""
    if all(order.is_asked or not order.today.recipe.purposes for order in orders):
        return dict.fromkeys(source_ids, orders)
    purposes = purposes_of(store, source_ids)
    return {
        source_id: [
            order
            for order in orders
            if order.is_asked or is_expected(order.today.recipe, purposes[source_id])
        ]
        for source_id in source_ids
    }
