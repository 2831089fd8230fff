"""Dagster's own web server, which gets to know who asks: viewers get its read-only permissions.

With them the UI greys out its buttons and says why, and every resolver refuses by itself, behind
the guard that refuses already. Also a stricter policy for what pages may load, and the endpoints
that answered an unknown name with an internal error. What viewers ask for is executed by
``viewer_graphql``; the output of steps and whole runs are for editors.
"""

import secrets
from asyncio import Task, get_running_loop
from collections.abc import Sequence
from typing import Any

from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster_webserver.graphql import _handle_async_results
from dagster_webserver.templates.graphiql import TEMPLATE
from dagster_webserver.webserver import DagsterWebserver
from graphql import GraphQLError, GraphQLFormattedError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket

from resources.configuration.settings import Settings
from web.guard.login import Visitor
from web.guard.previews import preview_route
from web.guard.roles import Role
from web.guard.viewer_answers import EDITORS_ONLY
from web.guard.viewer_graphql import Asked, ViewerGraphQL

PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Trusted by the nonce of the page; older browsers fall back to 'self'.
        "script-src 'self' 'nonce-{nonce}' 'strict-dynamic'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
    )
)


class VisitorContext(WorkspaceProcessContext):
    """Dagster's workspace, whose permissions depend on the role of who asks."""

    def create_request_context(self, source: object | None = None) -> WorkspaceRequestContext:
        """What the resolvers of one request work with."""
        may_change = isinstance(source, HTTPConnection) and is_editor(source)
        return WorkspaceRequestContext(
            instance=self.instance,
            current_workspace=self.get_current_workspace(),
            process_context=self,
            version=self.version,
            source=source,
            read_only=not may_change,
        )


def is_editor(connection: HTTPConnection) -> bool:
    """Whether the guard found an editor behind this request; one it did not look at has none."""
    visitor = connection.scope.get("visitor")
    return isinstance(visitor, Visitor) and visitor.role is Role.EDITOR


def viewer_name(connection: HTTPConnection) -> str:
    """The name under which a viewer's requests are counted."""
    visitor = connection.scope.get("visitor")
    return visitor.name if isinstance(visitor, Visitor) else ""


def require_editor(connection: HTTPConnection) -> None:
    """Raise HTTPException 403 for everybody who is no editor."""
    if not is_editor(connection):
        raise HTTPException(403, detail=EDITORS_ONLY)


class VisitorWebserver(DagsterWebserver[VisitorContext, WorkspaceRequestContext]):
    """Dagster's server with a stricter policy, and 404 where it failed on what does not exist."""

    def __init__(self, process_context: VisitorContext, settings: Settings) -> None:
        self._preview = preview_route(settings)
        super().__init__(process_context)
        self._for_viewers = ViewerGraphQL(
            self._graphene_schema.graphql_schema, self._make_request_context
        )

    async def execute_graphql_request(
        self,
        request: Request,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> JSONResponse:
        """Execute an editor's request as Dagster does, a viewer's within bounds."""
        if is_editor(request):
            return await super().execute_graphql_request(request, query, variables, operation_name)
        asked = Asked(viewer_name(request), request, query, variables, operation_name)
        return await self._for_viewers.answer(asked, request)

    async def execute_graphql_subscription(
        self,
        websocket: WebSocket,
        operation_id: str,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> tuple[Task[None] | None, GraphQLFormattedError | None]:
        """Begin an editor's subscription as Dagster does, a viewer's within bounds."""
        if is_editor(websocket):
            return await super().execute_graphql_subscription(
                websocket, operation_id, query, variables, operation_name
            )
        asked = Asked(viewer_name(websocket), websocket, query, variables, operation_name)
        events = await self._for_viewers.events(asked)
        if isinstance(events, Sequence):
            return None, events[0].formatted
        sending = _handle_async_results(events, operation_id, websocket)
        return get_running_loop().create_task(sending), None

    def make_csp_header(self, nonce: str) -> str:
        """What a page of the UI may load: only what comes from here."""
        return PAGE_POLICY.format(nonce=nonce)

    def make_security_headers(self) -> dict[str, str]:
        """The page names this installation, so it is not kept; the guard sets all other headers."""
        return {"Cache-Control": "no-store"}

    def build_routes(self) -> list[BaseRoute]:
        """Dagster's routes, and before them the previews that events show."""
        return [self._preview, *super().build_routes()]  # type: ignore[no-untyped-call]  # Dagster's

    async def graphql_http_endpoint(self, request: Request) -> Response:
        """Execute GraphQL; by GET (nothing else comes through the guard) show the playground."""
        if request.method != "GET":
            answer: Response = await super().graphql_http_endpoint(request)
            return answer
        nonce = secrets.token_hex(16)
        page = TEMPLATE.replace("{{ app_path_prefix }}", "")
        return HTMLResponse(
            page.replace("<script", f'<script nonce="{nonce}"'),
            headers={"Content-Security-Policy": self.make_csp_header(nonce)},
        )

    def _determine_status_code(
        self, resolver_errors: list[GraphQLError] | None, captured_errors: list[Exception]
    ) -> int:
        """200 for what was executed, even when a resolver failed: the answer says so by itself.

        Dagster answers 500 to a cursor or a name that does not exist, and the UI then shows
        neither the answer nor the reason.
        """
        del captured_errors
        is_invalid = any(error.original_error is None for error in resolver_errors or ())
        return 400 if is_invalid else 200

    async def download_debug_file_endpoint(self, request: Request) -> Response:
        """Everything about a run, its errors too, as one compressed file: for editors."""
        require_editor(request)
        run_id = request.path_params["run_id"]
        if self._process_context.instance.get_run_by_id(run_id) is None:
            raise HTTPException(404, detail="There is no such run.")
        answer: Response = await super().download_debug_file_endpoint(request)
        return answer

    async def download_captured_logs_endpoint(self, request: Request) -> Response:
        """The output of a step, for editors; a path that leads elsewhere does not exist."""
        require_editor(request)
        try:
            answer: Response = await super().download_captured_logs_endpoint(request)
        except ValueError as error:
            raise HTTPException(404, detail="There is no such log.") from error
        return answer

    async def download_notebook(self, request: Request) -> Response:
        """There are no notebooks here."""
        del request
        raise HTTPException(404, detail="There are no notebooks here.")
