"""A real browser without a window: headless Chromium, driven by selenium."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-proxy-server",
    "--window-size=1400,1000",
)
"""--no-sandbox: Chromium refuses to run as root with its sandbox, and CI runs as root."""

PATIENCE_SECONDS = 60
T = TypeVar("T")


@contextmanager
def open_browser(profile: Path) -> Iterator[Chrome]:
    """A browser with a profile of its own, that keeps its console for ``console``."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or binary is None:
        pytest.fail("Chromium is missing: apt-get install chromium chromium-driver", pytrace=False)
    options = ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=ChromeService(driver))
    try:
        browser.set_page_load_timeout(PATIENCE_SECONDS)
        yield browser
    finally:
        browser.quit()


def wait_for(
    browser: Chrome,
    found: Callable[[Chrome], T | None],
    what: str,
    seconds: float = PATIENCE_SECONDS,
) -> T:
    """What ``found`` returns as soon as it is true."""
    return WebDriverWait(browser, seconds).until(lambda _: found(browser), what)


def text_of(browser: Chrome) -> str:
    """The text that the page shows."""
    shown = browser.execute_script("return document.body ? document.body.innerText : ''")
    return str(shown)


def console(browser: Chrome) -> list[str]:
    """Errors and warnings that the browser has written since the last call."""
    return [str(entry["message"]) for entry in browser.get_log("browser")]
