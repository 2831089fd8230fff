"""Runs that make nothing: they tell Dagster again what is on record of each source.

For what Dagster lost (its storage, or one partition that somebody deleted in the UI), and for
sources that a canceled run had announced and left as they were.
"""

from collections.abc import Iterator, Sequence

from media_assets.execution.plans import Order, read_known
from media_assets.execution.results import SourceResult
from media_assets.execution.workbench import Workbench
from resources.outcomes import Outcome


def begin_reports(
    orders: Sequence[Order], bench: Workbench, source_ids: Sequence[str]
) -> Iterator[list[SourceResult]]:
    """The results on record of these sources, source by source; what is unfinished is left out."""
    known = read_known([order.today for order in orders], bench.store, source_ids)
    for source_id in source_ids:
        rows = {
            order.today.name: known[source_id].get(order.today.recipe.table) for order in orders
        }
        yield [
            SourceResult(name, source_id, None, row, is_new=False, is_unfinished=False)
            for name, row in rows.items()
            if row and row["outcome"] != Outcome.FAILED and not row["is_unfinished"]
        ]
