"""What a request to ``/graphql`` may hold, and that a viewer's only reads.

A body is read within limits of size and time, checked, and passed on rewritten: Dagster sees the
three fields that were checked and nothing else, so no second reading of a body (repeated keys, a
batch, a query in the URL, numbers that are no JSON) can differ from the first. The documents are
parsed by graphql-core, the parser that executes them.
"""

import json
from collections.abc import Sequence

import anyio
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType, parse
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from web.guard.login import Visitor
from web.guard.refusal import Refusal
from web.guard.roles import Role

LARGEST_BODY = 16 * 1024**2
"""Bytes; a backfill of 100,000 partitions chosen one by one is a body of 6 MB."""

BODY_SECONDS = 30.0
MOST_TOKENS = 20_000
"""Per document; the largest of the UI's has about 4,000."""

READS_ONLY = Refusal(403, "You may look but not change: your role is viewer.")
TOO_LARGE = Refusal(413, f"A request has at most {LARGEST_BODY // 1024**2} MiB.")
TOO_SLOW = Refusal(408, f"A request must arrive within {BODY_SECONDS:.0f} s.")
NO_GRAPHQL = Refusal(400, 'The body must be {"query": TEXT, "variables": OBJECT} as JSON.')
NO_OBJECT = Refusal(400, "The body must be one JSON object.")


class GraphQLRequest(BaseModel):
    """The fields of a request that Dagster reads."""

    query: str
    variables: dict[str, JsonValue] | None = None
    operationName: str | None = None  # noqa: N815 - GraphQL's own spelling


class AnyObject(BaseModel):
    """A JSON object with any fields."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, JsonValue] = Field(init=False)


async def checked_request(scope: Scope, receive: Receive, visitor: Visitor) -> bytes | Refusal:
    """The body to pass on for a POST, or why it is refused."""
    body = await whole_body(scope, receive)
    if isinstance(body, Refusal):
        return body
    if is_graphql(scope):
        return checked_graphql(body, visitor)
    if visitor.role is not Role.EDITOR:
        return READS_ONLY
    try:
        return as_json(AnyObject.model_validate_json(body or b"{}")).encode()
    except ValueError:
        return NO_OBJECT


def is_graphql(scope: Scope) -> bool:
    """Whether the path is the one that executes GraphQL."""
    return str(scope["path"]).rstrip("/").endswith("/graphql")


async def whole_body(scope: Scope, receive: Receive) -> bytes | Refusal:
    """The request's body, or the refusal of one that is too large, too slow or broken off."""
    body = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in Request(scope, receive).stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    return TOO_LARGE
    except TimeoutError:
        return TOO_SLOW
    except ClientDisconnect:
        return NO_OBJECT
    return bytes(body)


def checked_graphql(body: bytes, visitor: Visitor) -> bytes | Refusal:
    """The request written again, or why it is refused."""
    try:
        request = GraphQLRequest.model_validate_json(body)
        rewritten = as_json(request)
        kinds = operations(request.query)
    except ValueError:
        return NO_GRAPHQL
    except GraphQLError as error:
        return Refusal(400, f"The GraphQL document cannot be read: {error.message}")
    if OperationType.MUTATION in kinds and visitor.role is not Role.EDITOR:
        return READS_ONLY
    return rewritten.encode()


def as_json(value: BaseModel) -> str:
    """The value as strict JSON. Raises ValueError for numbers that JSON has not."""
    return json.dumps(value.model_dump(), allow_nan=False)


def operations(query: str) -> Sequence[OperationType]:
    """The kinds of all operations in a document. Raises GraphQLError."""
    document: DocumentNode = parse(query, no_location=True, max_lexical_tokens=MOST_TOKENS)
    return [
        node.operation for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]


def replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that yields this body once, then what the connection says."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
