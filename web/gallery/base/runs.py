"""Runs that pages ask for.

Through Dagster's API in this process: so they come into the same queue as those that its UI and the
command line ask for, and with the rights of the visitor.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, cast

import dagster as dg
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError
from dagster_graphql.schema import create_schema
from gql.graphql_request import GraphQLRequest
from gql.transport import Transport
from gql.transport.local_schema import LocalSchemaTransport
from graphql import ExecutionResult
from starlette.exceptions import HTTPException
from starlette.requests import Request

from media_assets.execution.run_requests import (
    Assets,
    requests_for,
    with_missing_inputs,
)
from media_assets.media import all_media
from resources.configuration.log_lines import REQUEST_TAG
from resources.display_text import plain_text
from resources.language.hints import Hint
from resources.orchestration.run_submission import submit
from resources.sources.selected import Selected
from web.gallery.base.gallery import gallery_of, visitor_of
from web.guard.request_counts import REQUEST_ID

USER_TAG = "user"
"""Dagster's tag for who launched a run; its UI shows it."""

LONGEST_ERROR = 300
NOT_TAKEN = "Dagster did not take the run: {}. Look at its page of code locations, then try again."


class OwnApi(Transport):
    """Dagster's GraphQL API in this process, asked by the visitor of a request."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def execute(self, request: GraphQLRequest, *args: Any, **kwargs: Any) -> ExecutionResult:
        """The answer; some of Dagster's resolvers are asynchronous."""
        del args, kwargs
        dagster = gallery_of(self.request).dagster
        with dagster.create_request_context(self.request) as context:
            return asyncio.run(own_schema().execute(request, context_value=context))


@cache
def own_schema() -> LocalSchemaTransport:
    """Dagster's schema; it is made once, which takes a moment."""
    return LocalSchemaTransport(create_schema().graphql_schema)


def request_runs(request: Request, requests: Iterable[dg.RunRequest]) -> list[str]:
    """Put each run in the service's queue, with the visitor's name; return their ids.

    It waits for Dagster: call it in a thread, as actions are. Raises HTTPException (503) when
    Dagster refuses one; those before it are in the queue.
    """
    client = DagsterGraphQLClient("this process", transport=OwnApi(request))
    name = visitor_of(request).name
    who = {USER_TAG: name} if name else {}
    if request_id := request.scope.get(REQUEST_ID):
        who[REQUEST_TAG] = request_id
    try:
        return [submit(client, one._replace(tags={**one.tags, **who})) for one in requests]
    except DagsterGraphQLClientError as error:
        said = plain_text(": ".join(map(str, error.args)), longest=LONGEST_ERROR)
        raise HTTPException(503, NOT_TAKEN.format(said)) from error


def request_work(
    request: Request,
    sources: Collection[Selected],
    assets: Assets,
    *,
    force: bool = False,
    leave_stale: bool = False,
    hint: Hint | None = None,
) -> list[str]:
    """Request the runs that bring these derivatives of the sources up to date; return their ids.

    As ``media reprocess`` (``force``) and ``media retry`` (``leave_stale``) do; what is missing of
    their inputs is made, too. Raises HTTPException (503).
    """
    gallery = gallery_of(request)
    published = gallery.published()
    ask = cast("Callable[..., Any]", lambda sql, values: published.rows(sql, values).rows)
    needed = with_missing_inputs(ask, all_media(), sources, assets)
    wanted = requests_for(
        gallery.dagster.instance,
        all_media(),
        sources,
        needed,
        force=force,
        leave_stale=leave_stale,
        hint=hint,
    )
    return request_runs(request, wanted)
