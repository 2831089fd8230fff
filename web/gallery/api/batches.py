"""``/api/batches`` and ``/api/status``: what the first page shows, as JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from web.gallery.base.gallery import gallery_of
from web.gallery.home.batches import batches_of
from web.gallery.home.dashboard import dashboard_of

MOST_PER_PAGE = 500
NO_BATCH = "There is no such batch (any more): begin again without after."

router = APIRouter(tags=["work"])


class Values(BaseModel):
    """Made from values of ours."""

    model_config = ConfigDict(from_attributes=True)


class CountsAnswer(Values):
    """Numbers that add up to ``total``."""

    pending: int
    processing: int
    done: int
    failed: int
    total: int


class BatchAnswer(Values):
    """One batch as of the last publication."""

    batch: str
    status: str = Field(description="not_started, in_progress, paused, complete or cancelled.")
    started_at: datetime | None
    finished_at: datetime | None
    closing_line: str | None
    sources: CountsAnswer
    derivatives: CountsAnswer
    files_seen: int
    duplicates: int


class BatchPage(BaseModel):
    """Some batches; ``next`` is the value of ``after`` for the following page, null at the end."""

    total: int
    items: list[BatchAnswer]
    next: str | None


class RunAnswer(Values):
    """A run that works; ``last_sign`` is when it last said anything."""

    run_id: str
    job: str
    status: str
    stage: str | None
    batch: str | None
    processes: tuple[int, ...]
    created_at: datetime
    last_sign: datetime


class StatusAnswer(BaseModel):
    """The work at this moment; numbers of results are of derivatives."""

    published_at: datetime | None
    runs: list[RunAnswer]
    queued_runs: int
    workers: int
    workers_with_models: int
    is_paused: bool
    paused_batches: list[str]
    results_per_minute: float
    results_left: int
    minutes_left: float | None


@router.get("/batches", responses={404: {"description": NO_BATCH}})
def list_batches(
    request: Request,
    after: Annotated[str | None, Query(description="The last batch seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 100,
) -> BatchPage:
    """All batches, those with work left first, then the newest."""
    found = gallery_of(request).published().remembered(batches_of)
    names = [one.batch for one in found]
    if after is not None and after not in names:
        raise HTTPException(404, NO_BATCH)
    start = 0 if after is None else names.index(after) + 1
    items = [BatchAnswer.model_validate(one) for one in found[start : start + limit]]
    is_last = start + limit >= len(found)
    return BatchPage(
        total=len(found), items=items, next=None if is_last or not items else items[-1].batch
    )


@router.get("/status")
def status(request: Request) -> StatusAnswer:
    """Runs, workers, pauses, pace."""
    now = dashboard_of(gallery_of(request))
    return StatusAnswer(
        published_at=now.published_at,
        runs=[RunAnswer.model_validate(run) for run in now.work.runs],
        queued_runs=now.work.queued,
        workers=now.work.workers.runs,
        workers_with_models=now.work.workers.with_models,
        is_paused=now.work.is_all_paused,
        paused_batches=sorted(now.work.paused_batches),
        results_per_minute=round(now.pace.per_minute, 1),
        results_left=now.results_left,
        minutes_left=now.minutes_left,
    )
