"""Websockets: subscriptions and nothing else, as long as the user who opened them may do so.

A websocket lives on when its user is removed, becomes a viewer or changes the password, and when a
login begins. So the login is asked again before every message in both directions and every few
seconds, with what the websocket was opened with; when the answer is another one, it is closed.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from graphql import GraphQLError, OperationType
from pydantic import BaseModel, JsonValue
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.guard.graphql import GraphQLRequest, as_json, operations

MOST_SUBSCRIPTIONS = 100
"""Open at a time on one websocket; a page of the UI has a handful."""

MOST_WEBSOCKETS = 32
"""Open at a time for one name; each page of the UI that is open in a browser has one."""

CHECK_SECONDS = 2.0
"""How long a websocket on which nothing is said may outlive the right to it."""

CLOSING_SECONDS = 2.0
"""What a client that does not read gets to take the message that closes its websocket."""

POLICY_VIOLATION = 1008
"""The code that a websocket is closed with (RFC 6455, section 7.4.1)."""

StillMay = Callable[[], Awaitable[bool]]


class SocketMessage(BaseModel):
    """One message of the ``graphql-ws`` protocol that Dagster's UI speaks."""

    type: str
    id: str | None = None
    payload: dict[str, JsonValue] | None = None


class SubscriptionsOnly:
    """Both directions of a websocket on which nothing but subscriptions may be asked for."""

    def __init__(self, receive: Receive, send: Send, still_may: StillMay) -> None:
        self._receive = receive
        self._send = send
        self._still_may = still_may
        self._open: set[str | None] = set()
        self._is_closed = False

    async def serve(self, app: ASGIApp, scope: Scope) -> None:
        """Let the app answer until one side closes, or the visitor may no longer."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch, tasks.cancel_scope)
            await app(scope, self.receive, self.send)
            tasks.cancel_scope.cancel()

    async def _watch(self, serving: anyio.CancelScope) -> None:
        while not self._is_closed and await self._still_may():
            await anyio.sleep(CHECK_SECONDS)
        with anyio.move_on_after(CLOSING_SECONDS):
            await self._close()
        serving.cancel()

    async def receive(self) -> Message:
        """The next message if it may pass; else the end of the connection."""
        message = await self._receive()
        if message["type"] == "websocket.connect":
            return message
        checked: Message | None = message
        if message["type"] == "websocket.receive":
            checked = self._checked(message) if await self._still_may() else None
        if checked is not None:
            return checked
        await self._close()
        return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}

    async def send(self, message: Message) -> None:
        """Pass an answer on, unless the connection is closed or its visitor may no longer."""
        if self._is_closed:
            return
        if message["type"] == "websocket.send" and not await self._still_may():
            await self._close()
            return
        self._is_closed = message["type"] == "websocket.close"
        await self._send(message)

    async def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            await self._send({"type": "websocket.close", "code": POLICY_VIOLATION})

    def _checked(self, message: Message) -> Message | None:
        """The message written again; None when it may not pass."""
        try:
            said = SocketMessage.model_validate_json(message.get("text") or "")
            payload = self._payload(said)
            text = as_json(said.model_copy(update={"payload": payload}))
        except (ValueError, GraphQLError):
            return None
        if said.type == "stop":
            self._open.discard(said.id)
        if len(self._open) > MOST_SUBSCRIPTIONS or payload is None:
            return None
        return {"type": "websocket.receive", "text": text}

    def _payload(self, said: SocketMessage) -> dict[str, Any] | None:
        """What to pass on with the message; None when it may not pass."""
        if said.type != "start":
            return {}
        request = GraphQLRequest.model_validate(said.payload)
        if set(operations(request.query)) != {OperationType.SUBSCRIPTION}:
            return None
        self._open.add(said.id)
        return request.model_dump()
