"""How a viewer's GraphQL is executed: checked for its cost, within a budget, and made plain.

Dagster's own endpoints execute whatever an editor asks for; a viewer's requests come here instead.
Each is executed in a thread of the viewer (see ``viewer_threads``), events of subscriptions too:
Dagster would resolve those in the loop that serves everybody.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import isawaitable
from typing import Any

from dagster._core.workspace.context import WorkspaceRequestContext
from graphql import DocumentNode, GraphQLError, GraphQLSchema, execute, parse, validate
from graphql.execution import ExecutionResult, create_source_event_stream
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse

from web.guard.query_budget import BudgetSpent, QueryBudget
from web.guard.query_cost import TooExpensive, cost_of
from web.guard.viewer_answers import FAILED, ViewerFields, for_viewer, plain_error
from web.guard.viewer_threads import Stopped, TooMany, ViewerThreads

Events = AsyncGenerator[ExecutionResult, None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """One GraphQL request of the viewer of this name."""

    viewer: str
    connection: HTTPConnection
    query: str
    variables: Mapping[str, Any] | None
    operation_name: str | None


@dataclass(frozen=True)
class ViewerGraphQL:
    """Executes what viewers ask for; ``context_of`` makes what Dagster's resolvers work with."""

    schema: GraphQLSchema
    context_of: Callable[[HTTPConnection], WorkspaceRequestContext]
    threads: ViewerThreads = field(default_factory=ViewerThreads)

    async def answer(self, asked: Asked, request: Request) -> JSONResponse:
        """The answer to a query: 200, or 400 and 429 with the reason."""
        budget = QueryBudget()
        work = partial(self._answered, asked, budget)
        try:
            return await self.threads.run(asked.viewer, budget, client_gone(request), work)
        except TooMany as error:
            return refused([GraphQLError(str(error))], 429)
        except Stopped as error:
            return refused([GraphQLError(str(error))])

    def _answered(self, asked: Asked, budget: QueryBudget) -> JSONResponse:
        checked = self.checked(asked.query)
        if not isinstance(checked, DocumentNode):
            return refused(checked)
        result = self._executed(checked, asked, budget)
        failed = next((one for one in result.errors or () if one.original_error), None)
        if failed is not None:
            logger.warning("a field of a viewer's query failed", exc_info=failed.original_error)
        if any(error.original_error is None for error in result.errors or ()):
            return refused(for_viewer(result).errors or [])
        return JSONResponse(for_viewer(result).formatted)

    def checked(self, query: str) -> DocumentNode | Sequence[GraphQLError]:
        """The document, or what is wrong with it: its text, its cost, its names."""
        try:
            document = parse(query, no_location=True)
            cost_of(self.schema, document)
        except GraphQLError as error:
            return [error]
        except TooExpensive as error:
            return [GraphQLError(str(error))]
        return validate(self.schema, document) or document

    async def events(self, asked: Asked) -> Events | Sequence[GraphQLError]:
        """One answer for each event of a subscription, or why there are none."""
        checked = self.checked(asked.query)
        if not isinstance(checked, DocumentNode):
            return checked
        stream = await create_source_event_stream(
            self.schema,
            checked,
            context_value=self.context_of(asked.connection),
            variable_values=dict(asked.variables or {}),
            operation_name=asked.operation_name,
        )
        if isinstance(stream, ExecutionResult):
            return [plain_error(error) for error in stream.errors or ()]
        return self._each(stream, checked, asked)

    async def _each(self, stream: Any, document: DocumentNode, asked: Asked) -> Events:
        try:
            async for event in stream:
                budget = QueryBudget()
                work = partial(self._executed, document, asked, budget, event)
                yield for_viewer(await self.threads.run(asked.viewer, budget, None, work))
        except (TooMany, Stopped) as error:
            yield ExecutionResult(None, [GraphQLError(str(error))])
        except Exception:  # the boundary: Dagster would send the text of what went wrong
            logger.exception("a subscription failed")
            yield ExecutionResult(None, [GraphQLError(FAILED)])

    def _executed(
        self, document: DocumentNode, asked: Asked, budget: QueryBudget, event: object = None
    ) -> ExecutionResult:
        with self.context_of(asked.connection) as context:
            begun = partial(
                execute,
                self.schema,
                document,
                event,
                context,
                dict(asked.variables or {}),
                asked.operation_name,
                middleware=[ViewerFields(budget)],
            )
            try:
                return asyncio.run(finished(begun))
            except BudgetSpent as spent:
                return ExecutionResult(None, [GraphQLError(str(spent))])


async def finished(begin: Callable[[], Any]) -> ExecutionResult:
    """The result, whether or not some resolver had to be waited for."""
    result = begin()
    found: ExecutionResult = await result if isawaitable(result) else result
    return found


async def client_gone(request: Request) -> None:
    """Return when the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def refused(errors: Sequence[GraphQLError], status: int = 400) -> JSONResponse:
    """An answer with errors only."""
    formatted = [plain_error(error).formatted for error in errors]
    return JSONResponse({"data": None, "errors": formatted}, status)
