"""Bulk jobs at an OpenAI-compatible server: many questions in one file, answers within a day.

The protocol is OpenAI's Batch API, which vLLM and others speak too. A job's name travels with it,
so that a job that was sent just before a crash is found again at the server instead of being paid
for twice.
"""

import json
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, JsonValue, ValidationError

from resources.language.bulk_answers import BulkAnswers, BulkJob, JobState, question_digest
from resources.language.endpoint_client import EndpointClient, Request, Upload
from resources.language.language_endpoint import reply_of
from resources.language.model_questions import Reply
from resources.language.picture_answers import UnusableAnswer

LARGEST_JOB_BYTES = 90_000_000
MOST_QUESTIONS = 10_000
"""OpenAI takes 200 MB and 50 000 requests; other servers less."""

LARGEST_RESULT_BYTES = 1_000_000_000
LONGEST_RESULT_LINE = 1_000_000
SECONDS = 600.0
"""For one request: sending and fetching files takes time."""

WORKING = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
NAME = "media_job"


M = TypeVar("M", bound=BaseModel)


class UnusableReply(RuntimeError):
    """The server's reply is not what its protocol says."""


class ServerFile(BaseModel):
    """A file that was uploaded."""

    id: str


class ServerJob(BaseModel):
    """A batch as the server describes it."""

    id: str
    status: str
    output_file_id: str | None = None
    metadata: dict[str, str] | None = None


class ServerJobs(BaseModel):
    """The newest batches."""

    data: list[ServerJob]


class ResultResponse(BaseModel):
    """One question's HTTP reply."""

    status_code: int
    body: JsonValue = None


class ResultLine(BaseModel):
    """One line of a result file."""

    custom_id: str = Field(max_length=64)
    response: ResultResponse | None = None


@dataclass(frozen=True)
class BulkQuestion:
    """One picture's request."""

    image_id: str
    request: Mapping[str, object]

    @property
    def digest(self) -> str:
        """What it is known by."""
        return question_digest(self.request)

    @property
    def line(self) -> bytes:
        """Its line of the file that is sent."""
        line = {
            "custom_id": self.digest,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": self.request,
        }
        return json.dumps(line).encode() + b"\n"


PreparedJob = tuple[BulkJob, Sequence[BulkQuestion]]
"""A job that is written down, and what it asks."""


class BulkServer:
    """Sends jobs to a server and fetches what became of them; state is kept in ``known``."""

    def __init__(self, client: EndpointClient, url: str, known: BulkAnswers) -> None:
        self._client = client
        self._url = url
        self._known = known

    def send(self, asset: str, questions: Sequence[BulkQuestion]) -> list[BulkJob]:
        """Send the questions as few jobs. Raises what the client raises; nothing is lost then."""
        return self.send_prepared(self.prepare(asset, questions))

    def prepare(self, asset: str, questions: Sequence[BulkQuestion]) -> list[PreparedJob]:
        """Note the questions as few jobs: from now on nobody else asks about these pictures."""
        return [self._prepare_job(asset, part) for part in portions(questions)]

    def send_prepared(self, prepared: Sequence[PreparedJob]) -> list[BulkJob]:
        """Send what was noted. Raises what the client raises; nothing is lost then."""
        return [self._send_job(job, questions) for job, questions in prepared]

    def _prepare_job(self, asset: str, questions: Sequence[BulkQuestion]) -> PreparedJob:
        name = secrets.token_hex(8)
        job = BulkJob(name, asset, JobState.PREPARED, self._url, len(questions))
        self._known.write_questions(name, {one.digest: one.image_id for one in questions})
        self._known.write_job(job)
        return job, questions

    def _send_job(self, job: BulkJob, questions: Sequence[BulkQuestion]) -> BulkJob:
        name = job.job
        content = b"".join(one.line for one in questions)
        upload = Request("POST", "files", upload=Upload("batch", f"{name}.jsonl", content))
        file = self._ask(ServerFile, upload)
        order: dict[str, object] = {
            "input_file_id": file.id,
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": {NAME: name},
        }
        made = self._ask(ServerJob, Request("POST", "batches", json=order))
        return self._write(job, state=JobState.SENT, server_id=made.id)

    def collect(self) -> list[BulkJob]:
        """Check every open job of this server; each as it is now."""
        mine = [job for job in self._known.open_jobs() if job.url == self._url]
        return [self._collect_job(self._found_again(job)) for job in mine]

    def _found_again(self, job: BulkJob) -> BulkJob:
        """A job whose sending was interrupted, as the server knows it."""
        if job.state != JobState.PREPARED:
            return job
        newest = self._ask(ServerJobs, Request("GET", "batches?limit=100")).data
        for one in newest:
            if (one.metadata or {}).get(NAME) == job.job:
                return self._write(job, state=JobState.SENT, server_id=one.id)
        return self._write(job, state=JobState.LOST, reason="it never reached the server")

    def _collect_job(self, job: BulkJob) -> BulkJob:
        if job.state != JobState.SENT:
            return job
        batch = self._ask(ServerJob, Request("GET", f"batches/{job.server_id}"))
        if batch.status in WORKING:
            return replace(job, reason=batch.status)
        if batch.output_file_id is None:
            reason = f"the server ended it without answers: {batch.status}"
            return self._write(job, state=JobState.LOST, reason=reason)
        replies = self._fetch(batch.output_file_id)
        self._known.write_answers(job.job, replies)
        return self._write(job, state=JobState.COLLECTED, answers=len(replies))

    def _fetch(self, file_id: str) -> dict[str, Reply]:
        """Question -> reply, of every line that holds one."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "results.jsonl")
            self._client.download(
                f"files/{file_id}/content", target, SECONDS, at_most=LARGEST_RESULT_BYTES
            )
            return dict(replies_in(target))

    def _ask(self, kind: type[M], request: Request) -> M:
        try:
            return kind.model_validate_json(self._client.send(request, SECONDS))
        except ValidationError:
            said = f"{self._url}/{request.path} does not answer as a batch API"
            raise UnusableReply(f"{said}: use a server that has one") from None

    def _write(self, job: BulkJob, **changes: object) -> BulkJob:
        changed = replace(job, **changes)  # type: ignore[arg-type]  # fields of a job
        self._known.write_job(changed)
        return changed


def portions(questions: Sequence[BulkQuestion]) -> Iterator[Sequence[BulkQuestion]]:
    """The questions in files that servers take."""
    part: list[BulkQuestion] = []
    size = 0
    for one in questions:
        if part and (len(part) == MOST_QUESTIONS or size + len(one.line) > LARGEST_JOB_BYTES):
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.line)
    if part:
        yield part


def replies_in(path: Path) -> Iterator[tuple[str, Reply]]:
    """Question and reply of every usable line; any other line harms only its own question."""
    with path.open("rb") as file:
        while line := file.readline(LONGEST_RESULT_LINE):
            try:
                result = ResultLine.model_validate_json(line)
                if result.response and result.response.status_code == HTTPStatus.OK:
                    body = json.dumps(result.response.body).encode()
                    yield result.custom_id, reply_of(body)
            except (ValidationError, UnusableAnswer):
                continue
