"""axe-core finds nothing against WCAG 2.2 AA on any page, in light and dark, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from selenium.webdriver import Chrome

from tests.support.browser import console, open_browser
from tests.support.guarded_ui import GuardedUi
from tests.web.gallery.addresses import PAGES, some_image
from web.gallery.base import page as pages_base
from web.gallery.base.page import environment

pytestmark = pytest.mark.slow

HOSTILE = "\"'><script>document.title='attacked'</script><img src=x onerror=alert(1)>{{7*7}}"
AXE = (Path(__file__).parent / "axe.min.js").read_text()
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(
  (found) => done(found.violations.map((one) => one.id + ": " + one.help + " "
    + one.nodes.map((node) => node.target + " " + node.failureSummary).join("; "))),
  (error) => done([String(error)]));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def show(browser: Chrome, ui: GuardedUi, page: str, *, width: int, scheme: str) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    host = f"anna:an%20editor's%20password@localhost:{ui.port}"
    browser.get(f"http://{host}{page.replace('{image}', some_image(ui))}")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_page_is_accessible_and_quiet(
    browser: Chrome, pages: GuardedUi, page: str, width: int, scheme: str
) -> None:
    show(browser, pages, page, width=width, scheme=scheme)
    browser.execute_script(AXE)

    assert browser.execute_async_script(RUN) == []
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth"), (
        "it is wider than the window"
    )
    errors = [line for line in console(browser) if "404 (Not Found)" not in line]
    assert errors == []


MARKUP = """
const found = document.querySelectorAll("[onerror], script:not([src])").length;
return found + (document.title === "attacked" ? 1 : 0);
"""
SAID = f"?q={quote(HOSTILE)}&tag={quote(HOSTILE)}"
HOSTILE_PAGES = [*PAGES, f"/gallery/search{SAID}", f"/gallery{SAID}", f"/gallery/facets{SAID}"]
SHOWING = ["/gallery", "/gallery?filters=1", "/gallery/pictures/{image}", f"/gallery/search{SAID}"]
"""Pages on which the attack is to be read."""


@pytest.mark.parametrize("page", HOSTILE_PAGES)
def test_text_of_files_stays_text(browser: Chrome, hostile_pages: GuardedUi, page: str) -> None:
    show(browser, hostile_pages, page, width=1280, scheme="light")

    assert browser.execute_script(MARKUP) == 0


@pytest.mark.parametrize("page", SHOWING)
def test_markup_would_be_found_if_it_were_not_escaped(
    browser: Chrome, hostile_pages: GuardedUi, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: the same pages with escaping switched off are full of markup."""
    careless = environment().overlay(autoescape=False)
    monkeypatch.setattr(pages_base, "environment", lambda: careless)
    show(browser, hostile_pages, page, width=1280, scheme="light")

    assert browser.execute_script(MARKUP) > 0
