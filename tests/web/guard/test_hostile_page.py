"""A real browser in which an editor is logged in opens a page that attacks the UI.

The browser knows the password and sends it along, so only the guard stands between the page and the
data. The same page succeeds against Dagster's own server: the attacks are real.
"""

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from resources.configuration.settings import Settings
from tests.support.browser import console, open_browser, text_of, wait_for
from tests.support.guarded_ui import GuardedUi, guarded_ui

PAGE = """<!doctype html><title>attack</title>
<iframe name="form" hidden></iframe><iframe id="ui" src="{ui}/assets"></iframe>
<form id="f" method="post" enctype="text/plain" target="form" action="{ui}/graphql?query={by_form}">
  <input name='{{"query": "{in_form}", "x": "' value='"}}'></form>
<script>
const seen = {{}};
const attempt = (name, work) => work.then(
  (value) => {{ seen[name] = String(value); }}, (error) => {{ seen[name] = "failed"; }});
const loaded = (tag, url) => new Promise((resolve, reject) => {{
  const node = document.createElement(tag);
  node.onload = () => resolve("loaded");
  node.onerror = reject;
  node.src = url;
  document.body.append(node);
}});
const opened = (url) => new Promise((resolve, reject) => {{
  const socket = new WebSocket(url, "graphql-ws");
  socket.onopen = () => resolve("open");
  socket.onerror = reject;
}});
const post = (type, mode) => fetch("{ui}/graphql", {{
  method: "POST", mode, credentials: "include", headers: {{"Content-Type": type}},
  body: JSON.stringify({{query: `{mutation}`}}),
}}).then((answer) => answer.text());
const body = new Blob([JSON.stringify({{query: `{mutation}`}})], {{type: "text/plain"}});
document.getElementById("f").submit();
navigator.sendBeacon("{ui}/graphql", body);
Promise.all([
  attempt("image", loaded("img", "{ui}/graphql?query={by_image}")),
  attempt("picture", loaded("img", "{ui}/favicon.png")),
  attempt("script", loaded("script", "{ui}/vendor/graphiql/react.production.min.js")),
  attempt("text", post("text/plain", "no-cors")),
  attempt("json", post("application/json", "cors")),
  attempt("read", fetch("{ui}/server_info", {{credentials: "include"}}).then((a) => a.text())),
  attempt("socket", opened("{socket}/graphql")),
]).then(() => {{ document.title = JSON.stringify(seen); }});
</script>"""


BUTTON = """
const all = [...document.querySelectorAll("button")];
const found = all.find((button) => /Materialize/.test(button.innerText));
return found ? found.disabled || found.getAttribute("aria-disabled") === "true" : null;
"""


def mutation(key: str) -> str:
    """A mutation that adds a partition, as it stands in an address."""
    return (
        "mutation{addDynamicPartition(repositorySelector:{repositoryLocationName:%22media%22,"
        "repositoryName:%22__repository__%22},partitionsDefName:%22sample_images%22,"
        f"partitionKey:%22{key}%22)" + "{__typename}}"
    )


@contextmanager
def site(page: str) -> Iterator[int]:
    """The port of a server that shows this page to everybody."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def attack(browser: Chrome, ui: GuardedUi, host: str) -> Mapping[str, str]:
    """What the page could do, once it has tried everything."""
    address = f"localhost:{ui.port}"
    page = PAGE.format(
        ui=f"http://{address}",
        socket=f"ws://{address}",
        by_form=mutation("by-form"),
        by_image=mutation("by-image"),
        in_form=mutation("in-form").replace("%22", '\\"'),
        mutation=mutation("by-script").replace("%22", '"'),
    )
    with site(page) as port:
        browser.get(f"http://{host}:{port}/")
        title = wait_for(browser, lambda b: b.title if b.title != "attack" else None, "no end")
        browser.switch_to.frame("ui")
        framed = text_of(browser)
        browser.switch_to.default_content()
        return {**json.loads(title), "frame": framed}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def log_in(browser: Chrome, ui: GuardedUi, who: str, password: str) -> None:
    """Let the browser learn the password, as it does from the person who types it in."""
    browser.get(f"http://{who}:{password}@localhost:{ui.port}/server_info")
    console(browser)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["another_site", "another_port"])
def test_a_hostile_page_reads_and_changes_nothing(
    browser: Chrome, ui: GuardedUi, host: str
) -> None:
    log_in(browser, ui, "anna", "an%20editor's%20password")
    before = ui.partition_keys()

    could = attack(browser, ui, host)

    assert ui.partition_keys() == before
    assert {name: could[name] for name in ("image", "picture", "script")} == dict.fromkeys(
        ("image", "picture", "script"), "failed"
    )
    assert {could["json"], could["read"], could["socket"]} == {"failed"}
    assert could["text"] in ("", "failed")
    assert "Assets" not in could["frame"]


def test_the_same_page_succeeds_against_dagsters_own_server(
    browser: Chrome, settings: Settings
) -> None:
    with guarded_ui(settings, is_guarded=False) as stock:
        could = attack(browser, stock, "127.0.0.1")

        assert {"by-image", "by-form"} <= set(stock.partition_keys())
        assert (could["socket"], could["picture"], could["script"]) == ("open", "loaded", "loaded")


@pytest.mark.parametrize(
    ("who", "password", "is_grayed"),
    [("anna", "an%20editor's%20password", False), ("ben", "a%20viewer's%20password", True)],
    ids=["editor", "viewer"],
)
def test_the_ui_works_under_its_policy_and_shows_a_viewer_what_is_not_allowed(
    tmp_path: Path, ui: GuardedUi, who: str, password: str, is_grayed: bool
) -> None:
    with open_browser(tmp_path) as browser:
        log_in(browser, ui, who, password)
        browser.get(f"http://localhost:{ui.port}/assets/source")
        wait_for(browser, lambda b: b.execute_script(BUTTON) == is_grayed, "no such button")
        assert console(browser) == []


def test_the_graphql_playground_works_under_its_policy(browser: Chrome, ui: GuardedUi) -> None:
    log_in(browser, ui, "ben", "a%20viewer's%20password")
    browser.get(f"http://localhost:{ui.port}/graphql")

    assert wait_for(browser, lambda b: "Welcome to GraphiQL" in text_of(b), "no playground")
    assert console(browser) == []
