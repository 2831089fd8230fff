"""Answers that a server gave in bulk, and the jobs that were sent for them: rows, like all truth.

A question is known by the SHA-256 of its request, so that an answer is used exactly where the same
question would be asked. A job is written down before it is sent, so that a crash loses none.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import polars as pl

from resources.language.json_grammar import Caps
from resources.language.language_endpoint import ChatOptions, EndpointModel, chat_request
from resources.language.language_model import ATTEMPTS
from resources.language.model_questions import Question, Reply
from resources.language.picture_answers import A
from resources.rows.row_store import RowStore
from resources.rows.table import Table

JOB = Table(
    "bulk/job",
    pl.Schema(
        {
            "job": pl.String(),
            "asset": pl.String(),
            "state": pl.String(),
            "server_id": pl.String(),
            "url": pl.String(),
            "questions": pl.Int64(),
            "answers": pl.Int64(),
            "reason": pl.String(),
            "at": pl.Datetime("us", "UTC"),
        }
    ),
    ("job",),
    "Bulk jobs at a language model server, and where each stands. Written by media bulk.",
)
QUESTION = Table(
    "bulk/question",
    pl.Schema(
        {
            "question": pl.String(),
            "job": pl.String(),
            "image_id": pl.String(),
        }
    ),
    ("question",),
    "Which question a bulk job asks about which image.",
)
ANSWER = Table(
    "bulk/answer",
    pl.Schema(
        {
            "question": pl.String(),
            "job": pl.String(),
            "text": pl.String(),
            "finish_reason": pl.String(),
            "prompt_tokens": pl.Int64(),
            "answer_tokens": pl.Int64(),
            "model": pl.String(),
        }
    ),
    ("question",),
    "What a server answered in bulk, by question.",
)


class JobState(StrEnum):
    """Where a job stands."""

    PREPARED = "prepared"  # written down, perhaps not yet with the server
    SENT = "sent"  # the server works on it
    COLLECTED = "collected"  # its answers are in the rows
    LOST = "lost"  # the server never got it, or gave it up


OPEN = frozenset({JobState.PREPARED, JobState.SENT})


@dataclass(frozen=True)
class BulkJob:
    """One bulk job as it stands."""

    job: str
    asset: str
    state: JobState
    url: str
    questions: int
    server_id: str | None = None
    answers: int = 0
    reason: str | None = None


class BulkAnswers:
    """The three tables of bulk work."""

    def __init__(self, store: RowStore) -> None:
        self._store = store

    def open_jobs(self) -> list[BulkJob]:
        """Jobs that are not done with, oldest first."""
        return [job for job in self.jobs() if job.state in OPEN]

    def jobs(self) -> list[BulkJob]:
        """Every job as it stands, oldest first."""
        if JOB.name not in self._store.tables():
            return []
        rows = self._store.scan(JOB.name).collect().sort("_seq", "_row")
        newest = rows.unique("job", keep="last", maintain_order=True)
        columns = JOB.schema.names()[:-1]
        return [job_of(row) for row in newest.select(columns).iter_rows(named=True)]

    def write_job(self, job: BulkJob) -> None:
        """Commit how a job stands now."""
        self._append(JOB, [{**vars(job), "state": job.state.value, "at": datetime.now(UTC)}])

    def write_questions(self, job: str, questions: Mapping[str, str]) -> None:
        """Commit which questions, digest -> image id, a job asks."""
        self._append(
            QUESTION,
            [{"question": q, "job": job, "image_id": image} for q, image in questions.items()],
        )

    def write_answers(self, job: str, replies: Mapping[str, Reply]) -> None:
        """Commit what a job brought, question -> reply."""
        self._append(
            ANSWER, [{**vars(reply), "question": q, "job": job} for q, reply in replies.items()]
        )

    def images_of(self, job: str) -> list[str]:
        """The images that a job is about."""
        rows = self._store.scan(QUESTION.name).filter(pl.col("job") == job).collect()
        return rows["image_id"].unique(maintain_order=True).to_list()

    def reply_to(self, question: str) -> Reply | None:
        """What the server answered in bulk; None when it did not."""
        if ANSWER.name not in self._store.tables():
            return None
        columns = ("text", "finish_reason", "prompt_tokens", "answer_tokens", "model")
        found = self._store.current(ANSWER.name, [question]).select(columns)
        return Reply(**found.row(0, named=True)) if found.height else None

    def images_under_way(self, asset: str, image_ids: Sequence[str]) -> set[str]:
        """About which of these images an open job asks, for this derivative."""
        open_jobs = [job.job for job in self.open_jobs() if job.asset == asset]
        if not open_jobs:
            return set()
        asked = self._store.scan(QUESTION.name).filter(
            pl.col("image_id").is_in(list(image_ids)) & pl.col("job").is_in(open_jobs)
        )
        return set(asked.collect()["image_id"])

    def _append(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        self._store.declare(table)
        if rows:
            frame = pl.DataFrame(rows, schema=table.schema)
            self._store.append(table.name, frame, run_id="bulk", producer={"made_by": "media bulk"})


def job_of(row: Mapping[str, object]) -> BulkJob:
    """A job from its row."""
    return BulkJob(**{**row, "state": JobState(str(row["state"]))})  # type: ignore[arg-type]  # as written


@dataclass(frozen=True)
class BulkFirstModel:
    """A server's model that uses answers given in bulk and asks only for the others."""

    server: EndpointModel
    options: ChatOptions
    known: BulkAnswers

    def reply(self, question: Question[A], caps: Caps, seconds: float) -> Reply:
        """The answer given in bulk, or a new one. Raises what the server's model raises."""
        if caps == ATTEMPTS[0]:
            digest = question_digest(bulk_request(question, self.options))
            if reply := self.known.reply_to(digest):
                return reply
        return self.server.reply(question, caps, seconds)


def bulk_request(question: Question[A], options: ChatOptions) -> dict[str, object]:
    """The request as it is put into a bulk job."""
    return chat_request(question, ATTEMPTS[0], options, options.form or "json_schema")


def question_digest(request: Mapping[str, object]) -> str:
    """The SHA-256 of a request, 64 hex digits."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
