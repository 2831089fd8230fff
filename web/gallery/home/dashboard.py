"""All that the first page and ``/api/status`` show of this moment."""

from dataclasses import dataclass
from datetime import UTC, datetime

from media_assets.exports.export_files import digests, file_name
from resources.warehouse.published_file import NotPublished, PublishedFile
from web.gallery.base.gallery import Gallery
from web.gallery.home.batches import BatchState, batches_of
from web.gallery.home.pace import Pace, pace_of
from web.gallery.home.work import Work, work_of

MOST_BATCHES = 30
"""On the page; ``/api/batches`` gives all."""


@dataclass(frozen=True)
class Dashboard:
    """Batches as of ``published_at`` (None: nothing is published), the rest as of now."""

    published_at: datetime | None
    batches: tuple[BatchState, ...]
    exports: frozenset[str]
    pace: Pace
    work: Work

    @property
    def results_left(self) -> int:
        """Results of derivatives that batches still lack."""
        return sum(one.derivatives.pending for one in self.batches if one.is_open)

    @property
    def minutes_left(self) -> float | None:
        """How long that takes at the pace of the last minutes."""
        return self.pace.minutes_left(self.results_left)

    def is_paused(self, batch: BatchState) -> bool:
        """Whether a person has paused it; known before the next publication."""
        return batch.batch in self.work.paused_batches

    def has_export(self, batch: BatchState) -> bool:
        """Whether its file of JSON lines can be downloaded."""
        return file_name(batch.batch) in self.exports

    def in_words(self, batch: BatchState) -> str:
        """Its status as people read it, to the second where that is known."""
        if batch.is_open and self.is_paused(batch):
            return "Paused"
        if batch.is_open and batch.batch in self.work.working_batches:
            return "In progress"
        if batch.status == "paused":
            return "Resumed"
        return batch.in_words


def dashboard_of(gallery: Gallery) -> Dashboard:
    """This moment. It can be asked before anything is published."""
    home = gallery.settings.media_home
    published = published_or_none(gallery)
    made_ns = published.identity.changed_ns if published else 0
    return Dashboard(
        datetime.fromtimestamp(made_ns / 1e9, UTC) if published else None,
        published.remembered(batches_of) if published else (),
        frozenset(digests(home.exports)),
        pace_of(home, made_ns),
        work_of(gallery.dagster.instance, gallery.settings),
    )


def published_or_none(gallery: Gallery) -> PublishedFile | None:
    """The tables; None before the first publication."""
    try:
        return gallery.published()
    except NotPublished:
        return None
