"""``/metrics``: measures for Prometheus, behind the same login as the pages.

What is counted of sources and results comes from the published tables, once per publication; what
Dagster knows, a few times a minute at most. So a scrape costs the same with a million images.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import dagster as dg
from anyio.to_thread import run_sync
from cachetools import TTLCache, cachedmethod
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from resources.configuration.settings import Settings
from resources.notifications.outbox import undelivered
from resources.warehouse.published_file import NotPublished, PublishedFile, PublishedFiles
from web.health.looks import Looks
from web.health.orchestration import heartbeat_ages, runs_by_job
from web.health.part import Finding

MEASURED_FOR_SECONDS = 10
"""Prometheus asks every 15 s or less often."""

PUBLISHING = "publish_tables"

Counts = list[tuple[list[str], float]]
"""Values of labels -> how many."""

SOURCES = "select medium, outcome, count(*) from sources where not is_superseded group by all"
RESULTS = "select medium, asset, outcome, count(*) from artifacts group by all"
BYTES = "select kind, medium, coalesce(asset, ''), sum(bytes) from storage_usage group by all"


@dataclass(eq=False)
class Metrics(Collector):
    """An ASGI application, and the collector behind it."""

    settings: Settings
    instance: dg.DagsterInstance
    looks: Looks
    files: PublishedFiles
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    kept: TTLCache[object, list[Metric]] = field(
        default_factory=lambda: TTLCache(1, MEASURED_FOR_SECONDS)
    )
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        ProcessCollector(registry=self.registry)
        self.registry.register(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the form that the scraper asks for."""
        accepted = Request(scope).headers.get("accept", "")
        encode, media_type = choose_encoder(accepted)
        body = await run_sync(encode, self.registry)
        await Response(body, headers={"Content-Type": media_type})(scope, receive, send)

    def describe(self) -> Iterable[Metric]:
        """Nothing is measured while it is registered."""
        return []

    def collect(self) -> Iterable[Metric]:
        """All measures, MEASURED_FOR_SECONDS old at most."""
        return self._measured()

    @cachedmethod(lambda self: self.kept, lock=lambda self: self.lock)
    def _measured(self) -> list[Metric]:
        return [
            *of_tables(self.files),
            *of_health(self.looks),
            *of_dagster(self.instance),
            *of_outbox(self.settings),
        ]


def of_tables(files: PublishedFiles) -> Iterator[Metric]:
    """What the published tables count; nothing before the first publication."""
    try:
        published = files.current()
    except NotPublished:
        return
    sources, results, bytes_kept = published.remembered(counts_of)
    yield gauge("media_sources", "Sources by their outcome.", ["medium", "outcome"], sources)
    labels = ["medium", "derivative", "outcome"]
    yield gauge("media_derivatives", "Results of derivatives by their outcome.", labels, results)
    labels = ["kind", "medium", "derivative"]
    yield gauge("media_stored_bytes", "Bytes of originals and derivatives.", labels, bytes_kept)
    at_s = published.identity.changed_ns / 1e9
    yield gauge("media_published_timestamp_seconds", "When the tables were published.", [], at_s)


def counts_of(published: PublishedFile) -> tuple[Counts, Counts, Counts]:
    """Sources, results and bytes, each by its labels."""
    sources, results, bytes_kept = (
        [([str(label) for label in labels], float(count)) for *labels, count in rows]
        for rows in (published.rows(query).rows for query in (SOURCES, RESULTS, BYTES))
    )
    return sources, results, bytes_kept


def of_health(looks: Looks) -> Iterator[Metric]:
    """Whether each part works, and the measures of disk and memory."""
    found = looks.current()
    judged: Counts = [([name], float(one.ok)) for name, one in found.items() if one.ok is not None]
    yield gauge("media_part_works", "1: the part works, 0: it does not.", ["part"], judged)
    yield measure(found["disk"], "free_bytes", "media_disk_free_bytes", "Free bytes of the disk.")
    yield measure(
        found["disk"], "room_bytes", "media_disk_room_bytes", "Free bytes above the reserve."
    )
    yield measure(
        found["memory"], "available_bytes", "media_memory_available_bytes", "Memory available."
    )


def of_dagster(instance: dg.DagsterInstance) -> Iterator[Metric]:
    """Runs, heartbeats and the last publication."""
    runs: Counts = [
        ([job, state], count)
        for job, counts in runs_by_job(instance).items()
        for state, count in counts.items()
    ]
    yield gauge("media_runs", "Runs that wait (queued) or work.", ["job", "state"], runs)
    ages: Counts = [([kind], age) for kind, age in heartbeat_ages(instance).items()]
    text = "Seconds since a part of the daemon said that it lives."
    yield gauge("media_heartbeat_age_seconds", text, ["daemon"], ages)
    done = dg.RunsFilter(job_name=PUBLISHING, statuses=[dg.DagsterRunStatus.SUCCESS])
    for record in instance.get_run_records(done, limit=1):
        if record.start_time and record.end_time:
            seconds = record.end_time - record.start_time
            text = "How long the last publication took."
            yield gauge("media_publication_seconds", text, [], seconds)


def of_outbox(settings: Settings) -> Iterator[Metric]:
    """Messages that were not delivered."""
    found = undelivered(settings.media_home)
    counts: Counts = [(["waiting"], found.waiting), (["given_up"], found.given_up)]
    yield gauge("media_notifications", "Messages not delivered.", ["state"], counts)


def measure(found: Finding, fact: str, name: str, text: str) -> Metric:
    """A measure of a part; without a value while the part does not answer."""
    value = found.facts.get(fact)
    return gauge(name, text, [], [([], value)] if isinstance(value, int | float) else [])


def gauge(name: str, text: str, labels: list[str], values: Counts | float) -> Metric:
    """One family: a single value, or one for each combination of labels."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for found, value in values if isinstance(values, list) else [([], values)]:
        family.add_metric(found, value)
    return family
