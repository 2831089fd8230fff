"""The whole way of a picture through the browser, with the real service: upload to download."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.support.browser import open_browser, text_of, wait_for
from tests.support.main_job import picture
from tests.support.running_service import RunningService, running_service

ROOT = Path(__file__).parents[3]
TITLE = "Zebra at the river"
SECONDS = 240


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningService]:
    monkeypatch.setenv("MEDIA_SETTLE_SECONDS", "1")
    with running_service(tmp_path / "home", ROOT / "definitions.py") as running:
        yield running


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    with open_browser(tmp_path / "profile") as opened:
        yield opened


class Walk:
    """A person at the browser, who clicks and loads a page again until it shows something."""

    def __init__(self, browser: Chrome, service: RunningService) -> None:
        self.browser = browser
        self.origin = f"http://localhost:{service.settings.port}"

    def open(self, path: str) -> None:
        self.browser.get(self.origin + path)

    def click(self, selector: str) -> None:
        self.browser.execute_script("document.querySelector(arguments[0]).click()", selector)

    def all(self, selector: str) -> list[str]:
        """Addresses or texts, read in one step: the page brings its parts up to date by itself."""
        found = (
            "[...document.querySelectorAll(arguments[0])].map((one) => one.href || one.innerText)"
        )
        return list(self.browser.execute_script(f"return {found}", selector))

    def open_until(self, path: str, is_there: Callable[[], bool]) -> None:
        def looked(_: Chrome) -> bool:
            self.open(path)
            return is_there()

        wait_for(self.browser, looked, f"{path} never showed it", seconds=SECONDS)

    def shows(self, text: str) -> bool:
        return text in text_of(self.browser)

    def get(self, address: str) -> str:
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own server
            return str(answer.read().decode())


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_from_upload_to_download(service: RunningService, browser: Chrome, tmp_path: Path) -> None:
    walk = Walk(browser, service)
    upload(walk, tmp_path)
    walk.open_until("/gallery/home", lambda: walk.shows("The 1 image is ready: 1 ok."))

    walk.open_until("/gallery", lambda: bool(walk.all(".tile a")))
    (page,) = walk.all(".tile a")
    page = page.removeprefix(walk.origin)
    edit_the_title(walk, page)
    found = "/gallery/search?q=zebra"
    walk.open_until(found, lambda: page.partition("?")[0] in "".join(walk.all(".hit a")))

    reprocess_the_caption(walk, page)
    walk.open_until(page, lambda: len(versions_of_caption(walk)) == 2)
    prefer_the_older(walk)
    walk.open_until(page, lambda: walk.shows("preferred"))

    walk.open_until("/gallery/home", lambda: bool(walk.all(".batch-choices a[href*=exports]")))
    (record,) = map(json.loads, walk.get(walk.all("a[href*=exports]")[0]).splitlines())
    assert record["file_name"] == "river.png"


def upload(walk: Walk, folder: Path) -> None:
    """Choose a file, name a batch, press Add."""
    (folder / "river.png").write_bytes(picture(7))
    walk.open("/gallery/upload")
    walk.browser.find_element(By.ID, "batch").send_keys("safari")
    walk.browser.find_element(By.ID, "files").send_keys(str(folder / "river.png"))
    walk.click("#upload button[type=submit]")
    shown = "return !document.getElementById('done') || !document.getElementById('done').hidden"
    wait_for(walk.browser, lambda one: one.execute_script(shown), "it was never sent")


def edit_the_title(walk: Walk, page: str) -> None:
    """Write a title into the form of the picture's page, and save it."""
    walk.open(page)
    walk.click("#edit > summary")
    field = walk.browser.find_element(By.NAME, "field_title")
    field.clear()
    field.send_keys(TITLE)
    walk.click("#edit button[type=submit]")
    wait_for(walk.browser, lambda _: walk.shows(TITLE), "the title never came")


def reprocess_the_caption(walk: Walk, page: str) -> None:
    """Have the caption made again; the run is linked, and Dagster shows it."""
    walk.open(page)
    caption = "form[action='/gallery/reprocess']:has(input[name=asset][value=caption])"
    walk.click(f"{caption} button[type=submit]")
    runs = wait_for(walk.browser, lambda _: walk.all("a[href*='/runs/']"), "no run was linked")
    walk.browser.get(runs[0])
    run_id = runs[0].rsplit("/", 1)[-1].partition("?")[0]
    wait_for(walk.browser, lambda _: walk.shows(run_id[:8]), "Dagster does not show the run")


def versions_of_caption(walk: Walk) -> list[str]:
    """The version names in the group of the caption."""
    values = (
        "return [...document.querySelectorAll('details.asset-versions')]"
        ".filter((one) => one.querySelector('summary').textContent.includes('caption'))"
        ".flatMap((one) => [...one.querySelectorAll('ol.versions code')].map((c) => c.textContent))"
    )
    return list(walk.browser.execute_script(values))


def prefer_the_older(walk: Walk) -> None:
    """Press "Prefer this one" at the version that does not count."""
    walk.click("form[action$='/prefer']:has(input[value=caption]) button")
