"""Asks for the derivatives whose files a fixity check found damaged or gone, to be made again.

Each finding is asked for once: its date is in the run's key. What is found again is asked for
again.
"""

import hashlib

import dagster as dg

from media_assets.execution.repair import repair_requests
from media_assets.fixity.fixity_check import FIXITY_CHECK
from media_assets.jobs import processing_jobs
from media_assets.media import all_media
from resources.configuration.settings import Settings
from resources.rows.row_store import RowStore
from resources.warehouse.database_file import reading

DAMAGED = """
select medium, source_id, asset, max(checked_at)::varchar
from fixity
where kind = 'derivative' and state in ('damaged', 'missing')
group by medium, source_id, asset
order by medium, source_id, asset
limit 2000
"""


@dg.sensor(
    jobs=processing_jobs(),
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Makes derivatives again whose files a fixity check found damaged or gone.",
)
def damaged_derivatives(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Asks for derivatives whose files are damaged or gone."""
    home = Settings().media_home
    store = RowStore(home.rows)
    newest = store.newest_seq(FIXITY_CHECK.name) if FIXITY_CHECK.name in store.tables() else ""
    if not newest or newest == context.cursor or not home.warehouse.exists():
        return dg.SkipReason("no check since the last look")
    with reading(home.warehouse) as connection:
        found = connection.execute(DAMAGED).fetchall()
        (published,) = connection.execute(
            "select max(_seq) from preservation.fixity_check"
        ).fetchone() or (None,)
    requests = [
        request
        for name in all_media()
        for request in requests_of(context, name, [row[1:] for row in found if row[0] == name])
    ]
    return dg.SensorResult(run_requests=requests, cursor=newest if published == newest else None)


def requests_of(
    context: dg.SensorEvaluationContext, name: str, found: list[tuple[str, str, str]]
) -> list[dg.RunRequest]:
    """The runs that make these derivatives of one medium: source, asset, date of the check."""
    if not found:
        return []
    medium = all_media()[name]
    keys = context.instance.get_dynamic_partitions(medium.partitions_name)
    key = hashlib.sha256(repr(found).encode()).hexdigest()[:16]
    requests = repair_requests(
        medium,
        keys,
        {source_id for source_id, _, _ in found},
        assets={asset for _, asset, _ in found},
        leave_stale=True,
    )
    return [
        request.with_replaced_attrs(run_key=f"fixity-{key}-{number}")
        for number, request in enumerate(requests)
    ]
