"""Our pages and Dagster's web UI behind the guard of ``web.guard``, as a process of its own.

``python -m web.guarded_webserver HOST PORT WORKSPACE``. Without a login it listens on this
machine only: everybody who reaches it may do everything.
"""

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resources.configuration.file_modes import keep_private
from resources.configuration.log_lines import write_json_lines
from resources.configuration.settings import Settings
from web.guard.login import login_of
from web.guard.origins import host_names
from web.guard.owner_token import OwnerLogin, write_token
from web.guard.users import WebUsers

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from web.guard.dagster_ui import VisitorContext

CLOSING_SECONDS = 2
"""How long open connections may last after the request to stop; the UI keeps a websocket open."""

DATABASE_TIMEOUT_MS = 15_000
DATABASE_RECYCLE_SECONDS = 3600
DATABASE_OVERFLOW = 20
"""These three are the defaults of the stock ``dagster-webserver`` command."""


class LoginMissing(ValueError):
    """Other machines could reach the UI, and nobody had to log in; ``hint`` says what to do."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"host = {host!r} lets other machines reach the UI, and it asks nobody for a password"
        )
        self.hint = (
            "first: media user add NAME --role editor (or set access.proxy_header), or keep "
            "host = '127.0.0.1'; see docs/access.md"
        )


def serve(
    host: Annotated[str, typer.Argument(help="Address to listen on.")],
    port: Annotated[int, typer.Argument(help="Port to listen on.")],
    workspace: Annotated[Path, typer.Argument(help="workspace.yaml that names the code server.")],
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Another host name to allow.")
    ] = None,
) -> None:
    """Serve the pages and Dagster's UI for the instance of DAGSTER_HOME until SIGTERM."""
    import uvicorn
    from dagster import DagsterInstance, __version__
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from uvicorn.config import LOGGING_CONFIG

    from web.guard.connections import UVICORN_LIMITS, ImpatientProtocol
    from web.guard.dagster_ui import VisitorContext

    settings = Settings()
    keep_private(settings.home)
    writes_json = settings.log_format == "json"
    if writes_json:
        write_json_lines(settings, service="webserver")
    try:
        require_login(host, settings)
    except LoginMissing as error:
        typer.echo(f"{error}\n{error.hint}", err=True)
        raise typer.Exit(code=1) from error
    target = WorkspaceFileTarget([str(workspace)])
    with (
        DagsterInstance.get() as instance,
        VisitorContext(instance, target, version=__version__) as context,
    ):
        instance.optimize_for_webserver(
            DATABASE_TIMEOUT_MS, DATABASE_RECYCLE_SECONDS, DATABASE_OVERFLOW
        )
        uvicorn.run(
            guarded_app(settings, context, host_names(host, allow_host or ())),
            host=host,
            port=port,
            http=ImpatientProtocol,
            log_config=None if writes_json else LOGGING_CONFIG,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=CLOSING_SECONDS,
            **UVICORN_LIMITS,
        )


def guarded_app(settings: Settings, context: "VisitorContext", names: Sequence[str]) -> "ASGIApp":
    """The pages and Dagster's UI behind all checks, reachable under these host names."""
    from web.front_door import FrontDoor
    from web.gallery.app import gallery_app
    from web.gallery.base.kept_ready import KeptReady
    from web.guard.dagster_ui import VisitorWebserver
    from web.guard.guard import SafeHeaders, guard
    from web.guard.origins import OwnNames
    from web.guard.request_counts import CountedRequests
    from web.health.door import HealthDoor
    from web.health.metrics import Metrics

    own = OwnNames(tuple(names))
    dagster = VisitorWebserver(context, settings).create_asgi_app()
    login = OwnerLogin(write_token(settings.media_home), login_of(settings))
    pages = gallery_app(settings, context)
    looks = pages.state.looks
    metrics = Metrics(settings, context.instance, looks, pages.state.gallery.files)
    served = KeptReady(FrontDoor(pages, dagster, metrics), pages.state.gallery.published)
    answered = HealthDoor(guard(served, own, login), looks, login, own)
    return CountedRequests(SafeHeaders(answered), metrics.registry)


def require_login(host: str, settings: Settings) -> None:
    """Raise LoginMissing when other machines could reach the UI and nobody had to log in."""
    has_login = settings.access.proxy_header is not None or WebUsers(settings.media_home).are_kept
    if not is_loopback(host) and not has_login:
        raise LoginMissing(host)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    typer.run(serve)
