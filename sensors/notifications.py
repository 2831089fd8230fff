"""Tells people: keeps messages about what is new, and sends what waits in the outbox.

A tick takes some 25 seconds at most, beside the work and never in its way. Nothing happens while no
target is set. A message that a target does not take is tried again with growing pauses, and given
up after a day; ``media status`` and ``/health`` say so.
"""

import hashlib
import time

import dagster as dg

from media_assets.exports.announcements import announce_news
from resources.configuration.settings import Settings
from resources.notifications.delivery import deliver_due
from resources.notifications.outbox import target_names
from resources.rows.row_paths import file_state

SECONDS_BETWEEN_LOOKS = 60
"""The tables are asked when they are new, and once a minute: some news wait for their hour."""


@dg.sensor(
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends messages about complete batches and failures, where the settings name a "
    "target (notify.urls, notify.webhook_url).",
)
def notifications(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Sends messages about complete batches and failures to the targets of the settings."""
    settings = Settings()
    if not target_names(settings):
        return dg.SkipReason("nobody is to be told: see docs/operations.md")
    looked_at = what_is_published(settings)
    if context.cursor != looked_at:
        announce_news(settings)
        context.update_cursor(looked_at)
    return dg.SkipReason(deliver_due(settings).text)


def what_is_published(settings: Settings) -> str:
    """64 hex digits that change with each publication, each export, and each minute."""
    home = settings.media_home
    exported = file_state(home.exports / "written.json")
    found = [file_state(home.warehouse), exported, int(time.time() // SECONDS_BETWEEN_LOOKS)]
    return hashlib.sha256(repr(found).encode()).hexdigest()
