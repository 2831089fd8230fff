"""Uploads from a real browser whose connection breaks, and whose page is closed meanwhile."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from resources.configuration.settings import Settings
from tests.support.browser import open_browser, wait_for
from tests.support.guarded_ui import GuardedUi, guarded_ui

MEBIBYTE = 1024**2
BYTES = 20 * MEBIBYTE
PER_SECOND = 6 * MEBIBYTE
KEPT = "return Object.values(localStorage)"
OFFSET = """
const answer = await fetch(arguments[0], {method: "HEAD", headers: {"Tus-Resumable": "1.0.0"}});
return Number(answer.headers.get("Upload-Offset"));
"""


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    settings = Settings(home=tmp_path_factory.mktemp("uploads") / "home", reserve_bytes=0)
    settings.media_home.create()
    with guarded_ui(settings) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.execute_cdp_cmd("Network.enable", {})
        yield opened


def connect(browser: Chrome, *, offline: bool, per_second: int = -1) -> None:
    """Let the connection be broken, or of this upload speed in bytes; -1 for any."""
    limits = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": per_second}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": offline, **limits})


def states(browser: Chrome) -> list[str]:
    """What the page says of each file."""
    return [one.text for one in browser.find_elements(By.CSS_SELECTOR, "#list .state")]


def open_and_choose(browser: Chrome, ui: GuardedUi, file: Path) -> None:
    browser.get(f"http://localhost:{ui.port}/gallery/upload?batch=summer")
    browser.find_element(By.ID, "files").send_keys(str(file))


def test_an_upload_goes_on_after_a_broken_connection_and_after_a_closed_page(
    browser: Chrome, ui: GuardedUi, tmp_path: Path
) -> None:
    content = os.urandom(BYTES)
    file = tmp_path / "mill Ωβ.jpg"
    file.write_bytes(content)
    connect(browser, offline=False, per_second=PER_SECOND)
    open_and_choose(browser, ui, file)
    wait_for(browser, lambda b: any(one.startswith("8.4 MB of") for one in states(b)), "no piece")
    connect(browser, offline=True)
    broken = "The connection broke: it goes on by itself."
    wait_for(browser, lambda b: states(b) == [broken], "nothing is said")
    (address,) = browser.execute_script(KEPT)

    connect(browser, offline=False, per_second=PER_SECOND)
    browser.get(f"http://localhost:{ui.port}/gallery/sql")
    assert 8 * MEBIBYTE <= browser.execute_script(OFFSET, address) < BYTES
    open_and_choose(browser, ui, file)
    wait_for(
        browser, lambda b: states(b) and states(b)[0].endswith(("of 21.0 MB", "added")), "none"
    )
    assert not states(browser)[0].startswith("0 kB")

    wait_for(browser, lambda b: states(b) == ["added"], "it does not go on")
    assert browser.execute_script(KEPT) == []
    assert (ui.settings.media_home.landing / "summer" / file.name).read_bytes() == content
