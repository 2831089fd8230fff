"""Bounds on a connection that hold before a request is complete, so before anybody has logged in.

Headers have a largest size (h11 refuses more, and a second ``Host``) and a time within which they
must arrive; an idle or very slow connection is closed, also one that does not take its answer.
uvicorn itself waits forever.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 10.0
"""From the first byte, or the opening of the connection, to the end of the headers."""

ANSWER_SECONDS = 60.0
"""For the client to take what was written to it, so far that more can be written."""

MOST_CONNECTIONS = 256
"""At a time, of all who ask together; more are answered 503."""

UVICORN_LIMITS: dict[str, Any] = {
    "h11_max_incomplete_event_size": 32 * 1024,
    "limit_concurrency": MOST_CONNECTIONS,
    "timeout_keep_alive": 5,
    "ws_max_size": 1024**2,
    "ws_max_queue": 8,
    # Otherwise every client of this machine could claim any address with X-Forwarded-For.
    "proxy_headers": False,
}


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 by h11, closing a connection whose request does not arrive in time."""

    deadline: asyncio.TimerHandle | None = None
    reading_deadline: asyncio.TimerHandle | None = None

    def connection_made(
        self,
        transport: asyncio.Transport,  # type: ignore[override]  # as in H11Protocol itself
    ) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Begin to wait for the rest of a request, or stop when it is being answered."""
        super().data_received(data)
        self._wait()

    def on_response_complete(self) -> None:
        """Begin to wait for the rest of a body that was answered before its end."""
        super().on_response_complete()
        self._wait()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over."""
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self.reading_deadline = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads: wait no longer."""
        super().resume_writing()
        self._stop_waiting_for_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def _wait(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        is_between = self.timeout_keep_alive_task is not None and self.conn.their_state is h11.IDLE
        has_left = self.transport.is_closing() or self.transport.get_protocol() is not self
        if is_answering or is_between or has_left:
            self._stop_waiting()
        elif self.deadline is None:
            self.deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.close)

    def _stop_waiting_for_reader(self) -> None:
        if self.reading_deadline is not None:
            self.reading_deadline.cancel()
            self.reading_deadline = None

    def _stop_waiting(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None
