"""HTTP to an OpenAI-compatible server: rate limit, retries, limits on what it may send, no secrets.

The key travels in one header and nowhere else: redirects are not followed, and what a server says
about an error is shown without it. A server that is down is waited for once; requests that follow
soon after fail at once, so that a run over many pictures ends.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from pydantic import SecretStr
from pyrate_limiter import Duration, Limiter, Rate, SQLiteBucket
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from resources.display_text import plain_text
from resources.failure_classes import FailureClass

LARGEST_REPLY_BYTES = 1024 * 1024
"""A description has a few kilobytes."""

TRIES = 4
BACKOFF = wait_exponential_jitter(multiplier=0.5, max=20, jitter=0.5)
LONGEST_PAUSE_SECONDS = 60.0
"""However long a server asks us to wait (Retry-After)."""

CONNECT_SECONDS = 10.0
DOWN_SECONDS = 30.0
"""So long a server that could not be reached is tried once per request only."""

PASSING_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
SHOWN_OF_AN_ERROR = 200


class EndpointRefused(RuntimeError):
    """The server answered with an error that asking again will not change."""

    failure_class = FailureClass.ENDPOINT

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class EndpointUnavailable(RuntimeError):
    """The server could not be reached, or was too busy, for as long as it was waited for."""

    failure_class = FailureClass.ENDPOINT

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class ReplyTooLarge(RuntimeError):
    """The server sent more than any answer needs."""


@dataclass(frozen=True)
class Endpoint:
    """Where the server is and how it may be asked. ``rate_file`` is shared by all processes."""

    url: str
    key: SecretStr | None
    requests_per_minute: int
    rate_file: Path


@dataclass(frozen=True)
class Upload:
    """A file to send as a form."""

    purpose: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Request:
    """One request; ``path`` is relative to the endpoint's URL."""

    method: str
    path: str
    json: Mapping[str, object] | None = None
    upload: Upload | None = None
    passing: frozenset[int] = PASSING_STATUSES


class EndpointClient:
    """A client of one server, for several threads."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        headers = {"Accept-Encoding": "identity"}  # a small reply cannot unpack to a large one
        if endpoint.key:
            headers["Authorization"] = f"Bearer {endpoint.key.get_secret_value()}"
        self._client = httpx2.Client(headers=headers, follow_redirects=False)
        self._limiter = Limiter(limiter_bucket(endpoint))
        self._down_until = 0.0

    def close(self) -> None:
        """Close connections and the rate file."""
        self._client.close()
        self._limiter.close()

    def send(
        self, request: Request, seconds: float, *, at_most: int = LARGEST_REPLY_BYTES
    ) -> bytes:
        """The body of a good reply, within so many seconds, waiting and trying again included.

        Raises EndpointRefused, EndpointUnavailable and ReplyTooLarge.
        """
        body = bytearray()

        def keep(chunk: bytes) -> None:
            body.extend(chunk)
            if len(body) > at_most:
                raise ReplyTooLarge(f"the server sent more than {at_most:,} bytes")

        self._with_retries(request, seconds, body.clear, keep)
        return bytes(body)

    def download(self, path: str, target: Path, seconds: float, *, at_most: int) -> None:
        """Write the body of a good reply to ``target``. Raises what ``send`` raises, or OSError."""
        with target.open("wb") as file:

            def restart() -> None:
                file.seek(0)
                file.truncate()

            def keep(chunk: bytes) -> None:
                if file.tell() + len(chunk) > at_most:
                    raise ReplyTooLarge(f"the server sent more than {at_most:,} bytes")
                file.write(chunk)

            self._with_retries(Request("GET", path), seconds, restart, keep)

    def _with_retries(
        self,
        request: Request,
        seconds: float,
        restart: Callable[[], None],
        keep: Callable[[bytes], None],
    ) -> None:
        deadline = time.monotonic() + seconds
        tries = 1 if time.monotonic() < self._down_until else TRIES
        for attempt in Retrying(
            stop=stop_after_attempt(tries) | stop_before_delay(seconds),
            wait=pause,
            retry=retry_if_exception_type(EndpointUnavailable),
            reraise=True,
        ):
            with attempt:
                restart()
                self._once(request, deadline, keep)

    def _once(self, request: Request, deadline: float, keep: Callable[[bytes], None]) -> None:
        left = deadline - time.monotonic()
        if left <= 0 or not self._limiter.try_acquire("endpoint", timeout=left):
            raise EndpointUnavailable("no time left: language_model.requests_per_minute is too low")
        try:
            with self._opened(request, deadline - time.monotonic()) as response:
                self._check(request, response)
                for chunk in response.iter_raw():
                    keep(chunk)
                    if time.monotonic() > deadline:
                        raise EndpointUnavailable("the server did not finish its reply in time")
        except httpx2.ConnectError as error:
            self._down_until = time.monotonic() + DOWN_SECONDS
            raise EndpointUnavailable(self._failed(error)) from None
        except httpx2.HTTPError as error:
            raise EndpointUnavailable(self._failed(error)) from None

    def _opened(self, request: Request, left: float) -> AbstractContextManager[httpx2.Response]:
        url = f"{self._endpoint.url.rstrip('/')}/{request.path}"
        timeout = httpx2.Timeout(max(left, 0.001), connect=min(CONNECT_SECONDS, max(left, 0.001)))
        if request.upload is None:
            return self._client.stream(request.method, url, json=request.json, timeout=timeout)
        sent = request.upload
        file = (sent.name, sent.content, "application/jsonl")
        form = {"purpose": sent.purpose}
        return self._client.stream(
            request.method, url, data=form, files={"file": file}, timeout=timeout
        )

    def _failed(self, error: Exception) -> str:
        said = self._shown(str(error)) or type(error).__name__
        return (
            f"{self._endpoint.url} cannot be reached or broke off ({said}): is the server running?"
        )

    def _check(self, request: Request, response: httpx2.Response) -> None:
        if response.is_success:
            return
        status = response.status_code
        said = self._shown(beginning(response))
        message = f"{self._endpoint.url} answered with HTTP {status}: {said}"
        if status in request.passing:
            raise EndpointUnavailable(message, status=status, retry_after=retry_after(response))
        if status in (401, 403):
            message += "; set MEDIA_LANGUAGE_MODEL__ENDPOINT_KEY to a key that it accepts"
        raise EndpointRefused(status, message)

    def _shown(self, text: str) -> str:
        """What a server says, on one line and without our key, which some repeat."""
        if self._endpoint.key:
            text = text.replace(self._endpoint.key.get_secret_value(), "***")
        return plain_text(" ".join(text.split()), longest=SHOWN_OF_AN_ERROR)


def limiter_bucket(endpoint: Endpoint) -> SQLiteBucket:
    """The requests of the last minute, counted in a file for all processes."""
    endpoint.rate_file.parent.mkdir(parents=True, exist_ok=True)
    rates = [Rate(endpoint.requests_per_minute, Duration.MINUTE)]
    return SQLiteBucket.init_from_file(rates, db_path=str(endpoint.rate_file), use_file_lock=True)


def pause(state: RetryCallState) -> float:
    """Seconds until the next try: what the server asks for, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, EndpointUnavailable) else None
    return BACKOFF(state) if asked is None else min(asked, LONGEST_PAUSE_SECONDS)


def retry_after(response: httpx2.Response) -> float | None:
    """Retry-After in seconds; None without one, or when it is a date."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None


def beginning(response: httpx2.Response) -> str:
    """The first bytes of a reply as text."""
    first = next(response.iter_raw(SHOWN_OF_AN_ERROR * 4), b"")
    return first.decode("utf-8", "replace")
