"""Dagster's own web server, which gets to know who asks: viewers get its read-only permissions.

With them the UI greys out its buttons and says why, and every resolver refuses by itself, behind
the guard that refuses already. Also a stricter policy for what pages may load, and the endpoints
that answered an unknown name with an internal error.
"""

import secrets

from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster_webserver.templates.graphiql import TEMPLATE
from dagster_webserver.webserver import DagsterWebserver
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from web.guard.login import Visitor
from web.guard.previews import preview_endpoint
from web.guard.roles import Role

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
        visitor = source.scope.get("visitor") if isinstance(source, HTTPConnection) else None
        return WorkspaceRequestContext(
            instance=self.instance,
            current_workspace=self.get_current_workspace(),
            process_context=self,
            version=self.version,
            source=source,
            read_only=not (isinstance(visitor, Visitor) and visitor.role is Role.EDITOR),
        )


class VisitorWebserver(DagsterWebserver[VisitorContext, WorkspaceRequestContext]):
    """Dagster's server with a stricter policy, and 404 where it failed on what does not exist."""

    def make_csp_header(self, nonce: str) -> str:
        """What a page of the UI may load: only what comes from here."""
        return PAGE_POLICY.format(nonce=nonce)

    def make_security_headers(self) -> dict[str, str]:
        """The page names this installation, so it is not kept; the guard sets all other headers."""
        return {"Cache-Control": "no-store"}

    def build_routes(self) -> list[BaseRoute]:
        """Dagster's routes, and before them the previews that events show."""
        own = Route("/preview/{image_id:str}", preview_endpoint)
        return [own, *super().build_routes()]  # type: ignore[no-untyped-call]  # Dagster's

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
        """Everything about a run as one compressed file."""
        run_id = request.path_params["run_id"]
        if self._process_context.instance.get_run_by_id(run_id) is None:
            raise HTTPException(404, detail="There is no such run.")
        answer: Response = await super().download_debug_file_endpoint(request)
        return answer

    async def download_captured_logs_endpoint(self, request: Request) -> Response:
        """The output of a step; a path that leads elsewhere does not exist."""
        try:
            answer: Response = await super().download_captured_logs_endpoint(request)
        except ValueError as error:
            raise HTTPException(404, detail="There is no such log.") from error
        return answer

    async def download_notebook(self, request: Request) -> Response:
        """There are no notebooks here."""
        del request
        raise HTTPException(404, detail="There are no notebooks here.")
