"""One job per medium: all its derivatives, over a range of its sources."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import dagster as dg

from media_assets.execution.assets import assets_of
from media_assets.media import all_media

QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}
"""Every event is stored; printing each one too would be most of a run's log."""

Job = Any
"""Dagster's class of a job that is resolved with the code location is not public."""


@cache
def processing_jobs() -> Sequence[Job]:
    """The jobs that sensors ask for, in the order of the media."""
    return [
        dg.define_asset_job(
            medium.job,
            selection=dg.AssetSelection.assets(*assets_of(medium)),
            config=QUIET,
            description=f"Every derivative of a range of sources of the medium {medium.name}. "
            "Requested by the landing sensor.",
        )
        for medium in all_media().values()
    ]
