"""Checks the fixity of a part of all files every hour: see ``media_assets.fixity.checks``."""

import dagster as dg

from media_assets.fixity.checks import CHECKS
from media_assets.jobs import QUIET
from resources.configuration.settings import Settings

JOB = "check_fixity"

check_fixity = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.assets(CHECKS),
    config=QUIET,
    description="Reads a part of all kept files and compares them with their recorded SHA-256.",
)


@dg.schedule(
    job=check_fixity,
    cron_schedule="37 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Hourly: checks the fixity of a part of all files.",
)
def fixity_checks() -> dg.RunRequest | dg.SkipReason:
    """Asks for a run, unless checks are switched off or nothing is published yet."""
    settings = Settings()
    if not settings.fixity.days:
        return dg.SkipReason("fixity.days is 0: files are checked on demand only")
    if not settings.media_home.warehouse.exists():
        return dg.SkipReason("nothing is published yet")
    return dg.RunRequest()
