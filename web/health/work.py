"""How the work goes: progress of the last minutes, models, messages that could not be told."""

import dagster as dg

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.notifications.outbox import target_names, undelivered
from resources.orchestration.runs_under_way import UNDER_WAY
from web.gallery.home.pace import MINUTES, pace_of
from web.gallery.home.surroundings import engines_now
from web.health.part import Finding


def progress(home: MediaHome, instance: dg.DagsterInstance) -> Finding:
    """Results of the last minutes. None while runs work is told, not judged: models take long."""
    published_ns = home.warehouse.stat().st_mtime_ns if home.warehouse.exists() else 0
    pace = pace_of(home, published_ns)
    facts = {"results": pace.results, "results_per_minute": round(pace.per_minute, 1)}
    if pace.results:
        return Finding(True, f"{pace.results:,} results in the last {MINUTES} minutes", facts)
    is_busy = instance.get_runs_count(dg.RunsFilter(statuses=UNDER_WAY)) > 0
    said = f"runs are under way, without a result in the last {MINUTES} minutes"
    return Finding(None, said if is_busy else "nothing is under way", facts)


def models() -> Finding:
    """Which engine makes each derivative that needs a model; raises where one cannot be chosen."""
    engines = {one.asset: one.engine for one in engines_now()}
    words = ", ".join(f"{asset}: {engine}" for asset, engine in engines.items())
    return Finding(None, words or "no derivative needs a model", {"engines": engines})


def notifications(settings: Settings) -> Finding:
    """Whether people could be told what there is to tell."""
    if not target_names(settings):
        return Finding(None, "nobody is to be told of anything")
    found = undelivered(settings.media_home)
    facts = {"waiting": found.waiting, "given_up": found.given_up}
    if found.given_up:
        return Finding(None, found.text, facts, "media notify test, then media notify retry")
    return Finding(True, found.text if found.waiting else "all messages were sent", facts)
