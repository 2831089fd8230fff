"""The guarded web UI, served over real connections by this process.

Its code is dagster_samples, unless a test names another file.
"""

import base64
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import uvicorn
import websockets.sync.client
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from starlette.types import ASGIApp

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster
from tests.support import dagster_samples
from tests.support.running_service import Answer, wait_until
from web.guard.connections import UVICORN_LIMITS, ImpatientProtocol
from web.guard.dagster_ui import VisitorContext
from web.guarded_webserver import guarded_app, host_names

JSON = {"Content-Type": "application/json"}
VERSION = "{ version }"
ADD_KEY = """mutation Add($key: String!) {
  addDynamicPartition(
    repositorySelector: {repositoryLocationName: "media", repositoryName: "__repository__"},
    partitionsDefName: "sample_images", partitionKey: $key
  ) { __typename }
}"""
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class GuardedUi:
    """A UI that answers on ``port``."""

    settings: Settings
    instance: dg.DagsterInstance
    port: int

    def request(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]] | Mapping[str, str] = (),
        body: str | bytes | None = None,
    ) -> Answer:
        """One request with these headers, in this order; ``Host`` is the real one by default."""
        given = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        content = body.encode() if isinstance(body, str) else body or b""
        to = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        with contextlib.closing(to) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            if not any(name.lower() == "host" for name, _ in given):
                connection.putheader("Host", f"localhost:{self.port}")
            for name, value in given:
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(content)))
            connection.endheaders(content)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def graphql(
        self, query: str, headers: Mapping[str, str] | None = None, **fields: object
    ) -> Answer:
        """The answer to one GraphQL document."""
        return self.request(
            "POST", "/graphql", {**JSON, **(headers or {})}, json.dumps({"query": query, **fields})
        )

    def data(self, query: str, headers: Mapping[str, str] | None = None) -> Any:
        """The ``data`` of an answer without errors."""
        answer = json.loads(self.graphql(query, headers).body)
        assert "errors" not in answer, answer
        return answer["data"]

    def raw(self, sent: bytes, *, seconds: float = PATIENCE_SECONDS) -> bytes:
        """All that comes back for these bytes until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
            return received(connection)

    def websocket(
        self, headers: Mapping[str, str] | None = None, origin: str | None = None
    ) -> websockets.sync.client.ClientConnection:
        """An open websocket of the kind that the UI opens."""
        return websockets.sync.client.connect(
            f"ws://localhost:{self.port}/graphql",
            origin=websockets.Origin(origin or f"http://localhost:{self.port}"),
            subprotocols=[websockets.Subprotocol("graphql-ws")],
            additional_headers=headers,
            proxy=None,
        )

    def partition_keys(self) -> Sequence[str]:
        """The partitions, which is what the mutations here try to add to."""
        return self.instance.get_dynamic_partitions("sample_images")


def received(connection: socket.socket) -> bytes:
    """All bytes until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def basic(name: str, password: str) -> dict[str, str]:
    """The header that a browser sends for a name and a password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


SAMPLES = Path(str(dagster_samples.__file__))


def loaded(file: Path) -> InProcessWorkspaceLoadTarget:
    """The code of this file, loaded here instead of in a server."""
    origin = LoadableTargetOrigin(python_file=str(file), attribute="defs")
    return InProcessWorkspaceLoadTarget(
        [InProcessCodeLocationOrigin(loadable_target_origin=origin, location_name="media")]
    )


def served(context: VisitorContext, settings: Settings) -> ASGIApp:
    """What ``media up`` serves."""
    return guarded_app(settings, context, host_names("127.0.0.1", settings.allowed_hosts))


def stock(instance: dg.DagsterInstance) -> ASGIApp:
    """What ``dagster-webserver`` serves."""
    context = WorkspaceProcessContext(instance, loaded(SAMPLES), version=dg.__version__)
    return create_app_from_workspace_process_context(context)


@contextlib.contextmanager
def guarded_ui(
    settings: Settings, *, is_guarded: bool = True, code: Path = SAMPLES
) -> Iterator[GuardedUi]:
    """The UI with the login of these settings; it ends with the context.

    Without a guard it is what Dagster's own command serves: the attacks must succeed there.
    """
    with (
        open_dagster(settings) as instance,
        VisitorContext(instance, loaded(code), version=dg.__version__) as context,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        app = served(context, settings) if is_guarded else stock(instance)
        config = uvicorn.Config(
            app, http=ImpatientProtocol, log_config=None, server_header=False, **UVICORN_LIMITS
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield GuardedUi(settings, instance, listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()
