"""The runs that make what only some sources are to have, because of their purposes.

Such a derivative may take seconds and a hundred megabytes, so that it has a step and runs of its
own, which come after the renditions of all sources.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from media_assets.execution.expectation import is_expected
from media_assets.execution.medium import Medium
from media_assets.execution.repair import repair_requests
from media_assets.execution.run_sources import sources_of
from media_assets.execution.stages import for_purposes
from resources.orchestration.run_tags import BATCH_TAG, ROOT_TAG
from resources.rows.row_store import RowStore
from resources.sources.purposes import purposes_of


def purpose_requests(
    medium: Medium, run: dg.DagsterRun, keys: Sequence[str], store: RowStore
) -> Iterator[dg.RunRequest]:
    """The runs for the purposes of a run's sources; ``keys`` are the medium's partitions in order.

    Each has a run key of its own, so that asking twice changes nothing.
    """
    names = for_purposes(medium)
    if not names:
        return
    expected = {
        source_id: [name for name in names if is_expected(medium.recipes[name], purposes)]
        for source_id, purposes in purposes_of(store, sources_of(run, keys)).items()
    }
    wanted = [source_id for source_id, found in expected.items() if found]
    assets = {name for found in expected.values() for name in found}
    tags = {name: run.tags[name] for name in (BATCH_TAG, ROOT_TAG) if name in run.tags}
    requests = (
        repair_requests(medium, keys, wanted, assets=assets, leave_stale=True, tags=tags)
        if wanted
        else ()
    )
    for number, request in enumerate(requests):
        yield request.with_replaced_attrs(run_key=f"purposes-{run.run_id}-{number}")
