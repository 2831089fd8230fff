"""Keeps search, duplicates and clusters in step with the tables: asks for them after publications.

It looks at the state, not at events: a refresh that failed or was killed is asked for again, and so
is one that a search found necessary (a damaged index).
"""

import dagster as dg

from media_assets.search.ranking.search_index import needs_refresh
from resources.configuration.settings import Settings
from resources.orchestration.runs_under_way import runs_under_way

JOB = "refresh_search"


@dg.sensor(
    job_name=JOB,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests a refresh of search, duplicates and clusters when tables have changed.",
)
def outdated_search(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Requests a refresh of search, duplicates and clusters when tables have changed."""
    if not needs_refresh(Settings().media_home):
        return dg.SkipReason("search is up to date with media.duckdb")
    if runs_under_way(context.instance, JOB):
        return dg.SkipReason("a refresh is under way")
    return dg.RunRequest()
