"""The grid under real clicks and keys, over 1,200 pictures of 22 years."""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from benchmarks.many_pictures import repeat_pictures
from resources.configuration.settings import Settings
from tests.support.browser import open_browser, wait_for
from tests.support.guarded_ui import GuardedUi, guarded_ui

PICTURES = 1200
FIRST_SEEN = """
const edge = document.querySelector(".top").offsetHeight;
const tile = [...document.querySelectorAll(".tile")].find(
  (one) => one.getBoundingClientRect().bottom > edge + 10);
return [tile.querySelector("a").id, Math.round(tile.getBoundingClientRect().top),
  Number(tile.getAttribute("aria-posinset"))];
"""
CHOSEN = "return [...document.querySelectorAll('.tile input:checked')].map((one) => one.value)"


@pytest.fixture(scope="module")
def many_pages(
    finished_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GuardedUi]:
    """Four real pictures, each 300 times, with dates, cameras and tags of their own."""
    settings = Settings(home=tmp_path_factory.mktemp("many") / "home")
    shutil.copytree(finished_home, settings.home)
    repeat_pictures(settings.media_home, PICTURES)
    with guarded_ui(settings) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        size = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        yield opened


def show(browser: Chrome, ui: GuardedUi, page: str = "/gallery") -> None:
    browser.get(f"http://localhost:{ui.port}{page}")


def find(browser: Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def tiles(browser: Chrome) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, ".tile")


def first_seen(browser: Chrome) -> tuple[str, int, int]:
    """Id of the tile at the top of the window, its distance from there in px, its number."""
    name, top, number = browser.execute_script(FIRST_SEEN)
    return str(name), int(top), int(number)


def chosen(browser: Chrome) -> int:
    return len(browser.execute_script(CHOSEN))


def scroll_far(browser: Chrome) -> tuple[str, int, int]:
    """Scroll until a later block is seen and the address holds the place."""
    for _ in range(4):
        browser.execute_script("scrollBy(0, 1500)")
        wait_for(browser, lambda b: b.execute_script("return scrollY > 0"), "nothing scrolled")
        wait_settled(browser)
    wait_for(browser, lambda b: first_seen(b)[0].removeprefix("p-") in b.current_url, "no place")
    return first_seen(browser)


def wait_settled(browser: Chrome) -> None:
    """Wait until the window shows the same pictures for a while."""
    seen: list[object] = []

    def is_settled(browser: Chrome) -> bool:
        seen.append((first_seen(browser), len(tiles(browser)), browser.current_url))
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]

    wait_for(browser, is_settled, "the grid does not come to rest")


def test_back_and_reload_land_where_one_was(browser: Chrome, many_pages: GuardedUi) -> None:
    show(browser, many_pages)
    name, top, number = scroll_far(browser)
    assert number > 40
    find(browser, f"[id='{name}']").click()
    wait_for(browser, lambda b: "/gallery/pictures/" in b.current_url, "no page of the picture")

    browser.back()
    wait_settled(browser)
    assert first_seen(browser)[0] == name
    browser.refresh()
    wait_settled(browser)
    assert first_seen(browser)[0] == name
    assert len({tile.id for tile in tiles(browser)}) == len(
        set(
            browser.execute_script(
                "return [...document.querySelectorAll('.tile a')].map((a) => a.id)"
            )
        )
    )
    assert abs(first_seen(browser)[1] - top) < 250


def test_the_scrubber_leads_to_any_date_by_drag_and_by_key(
    browser: Chrome, many_pages: GuardedUi
) -> None:
    show(browser, many_pages)
    wait_settled(browser)
    scrubber = find(browser, "#scrubber")
    height = scrubber.size["height"]
    drag = ActionChains(browser).move_to_element_with_offset(scrubber, 0, -height // 4)
    drag.click_and_hold().move_by_offset(0, height // 4).move_by_offset(0, height // 4).release()
    drag.perform()
    wait_settled(browser)

    assert PICTURES * 0.7 < first_seen(browser)[2] < PICTURES * 0.8
    browser.execute_script("document.querySelector('#scrubber li:last-child a').focus()")
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    wait_settled(browser)
    assert first_seen(browser)[2] > PICTURES * 0.9


BROKEN = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


@contextmanager
def no_connection(browser: Chrome) -> Iterator[None]:
    """Nothing reaches the server meanwhile."""
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", BROKEN)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", {**BROKEN, "offline": False})


def test_what_could_not_be_loaded_is_asked_for_again_by_a_button(
    browser: Chrome, many_pages: GuardedUi
) -> None:
    show(browser, many_pages)
    wait_settled(browser)
    shown = len(tiles(browser))
    with no_connection(browser):
        browser.execute_script("scrollTo(0, document.body.scrollHeight)")
        wait_for(browser, lambda b: find(b, "#load-failed").is_displayed(), "nothing is said")
    find(browser, "#load-again").click()
    wait_for(browser, lambda b: len(tiles(b)) > shown, "nothing came")
    wait_for(browser, lambda b: not find(b, "#load-failed").is_displayed(), "it still says so")


def test_a_jump_that_failed_is_made_by_the_button(browser: Chrome, many_pages: GuardedUi) -> None:
    show(browser, many_pages)
    wait_settled(browser)
    with no_connection(browser):
        browser.execute_script("document.querySelector('#scrubber li:last-child a').focus()")
        ActionChains(browser).send_keys(Keys.ENTER).perform()
        wait_for(browser, lambda b: find(b, "#load-failed").is_displayed(), "nothing is said")
        assert first_seen(browser)[2] < PICTURES * 0.1
    find(browser, "#load-again").click()
    wait_for(browser, lambda b: first_seen(b)[2] > PICTURES * 0.9, "it did not jump")
    assert not find(browser, "#load-failed").is_displayed()


def test_pictures_are_chosen_by_keys(browser: Chrome, many_pages: GuardedUi) -> None:
    show(browser, many_pages)
    wait_settled(browser)
    tiles(browser)[0].find_element(By.TAG_NAME, "a").send_keys(Keys.ARROW_RIGHT)
    keys = ActionChains(browser).send_keys(Keys.SPACE).key_down(Keys.SHIFT)
    keys.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN).key_up(Keys.SHIFT).perform()

    assert chosen(browser) > 4
    assert find(browser, "#chosen-count").text == f"{chosen(browser)} chosen"
    assert not tiles(browser)[0].find_element(By.TAG_NAME, "input").is_selected()
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert chosen(browser) == 0
    assert not find(browser, "#actions").is_displayed()


def test_the_arrow_key_leads_on_through_all_blocks(browser: Chrome, many_pages: GuardedUi) -> None:
    show(browser, many_pages)
    wait_settled(browser)
    tiles(browser)[0].find_element(By.TAG_NAME, "a").send_keys(Keys.NULL)
    number = 0
    for _ in range(12):
        ActionChains(browser).send_keys(*[Keys.ARROW_DOWN] * 4).perform()
        wait_settled(browser)
        before, number = number, focused_number(browser)
        assert number > before
    assert number > 150


def focused_number(browser: Chrome) -> int:
    script = "return document.activeElement.closest('.tile').getAttribute('aria-posinset')"
    return int(browser.execute_script(script))


def test_a_range_is_chosen_with_shift_kept_while_scrolling_and_downloaded(
    browser: Chrome, many_pages: GuardedUi, tmp_path: Path
) -> None:
    behavior = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", behavior)
    show(browser, many_pages)
    wait_settled(browser)
    first, last = tiles(browser)[1], tiles(browser)[6]
    ActionChains(browser).move_to_element(first).perform()
    first.find_element(By.TAG_NAME, "input").click()
    ActionChains(browser).key_down(Keys.SHIFT).click(last).key_up(Keys.SHIFT).perform()
    assert chosen(browser) == 6
    scroll_far(browser)

    assert find(browser, "#chosen-count").text == "6 chosen"
    find(browser, "#actions button[formaction$=download_originals]").click()
    wait_for(browser, lambda _: (tmp_path / "pictures.zip").is_file(), "no zip file")
    with zipfile.ZipFile(tmp_path / "pictures.zip") as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 6


def to_the_end(browser: Chrome) -> None:
    """Jump to the last year: what was seen before is not in the page any more."""
    browser.execute_script("document.querySelector('#scrubber li:last-child a').focus()")
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    wait_for(browser, lambda b: first_seen(b)[2] > PICTURES * 0.9, "it did not jump")
    wait_settled(browser)


def test_a_range_reaches_pictures_that_are_not_in_the_page(
    browser: Chrome, many_pages: GuardedUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(browser, many_pages)
    wait_settled(browser)
    tiles(browser)[1].find_element(By.TAG_NAME, "input").click()
    to_the_end(browser)
    name, _, number = first_seen(browser)
    last = find(browser, f"[id='{name}']")

    monkeypatch.setattr("web.gallery.pages.grid.MOST_PICTURES", 100)
    ActionChains(browser).key_down(Keys.SHIFT).click(last).key_up(Keys.SHIFT).perform()
    why = f"These are {number - 1:,} pictures; at most 100 can be chosen at a time."
    wait_for(browser, lambda b: find(b, "#choosing-why").text == why, "it is not said why")
    monkeypatch.undo()
    with no_connection(browser):
        ActionChains(browser).key_down(Keys.SHIFT).click(last).key_up(Keys.SHIFT).perform()
        wait_for(browser, lambda b: "could not be" in find(b, "#choosing-why").text, "not said")
    ActionChains(browser).key_down(Keys.SHIFT).click(last).key_up(Keys.SHIFT).perform()
    wait_for(
        browser,
        lambda b: find(b, "#chosen-count").text == f"{number - 1:,} chosen",
        "not the whole range",
    )
    assert not find(browser, "#choosing-why").is_displayed()


def test_a_filter_narrows_down_and_is_taken_back(browser: Chrome, many_pages: GuardedUi) -> None:
    show(browser, many_pages)
    find(browser, "#filters summary").click()
    wait_for(browser, lambda b: b.find_elements(By.CSS_SELECTOR, ".facet a"), "no filters")
    labels = [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".facet h2")]
    assert {"Year", "Camera", "Place", "Tag", "Color", "Format", "Batch", "Folder"} <= set(labels)
    link = find(browser, "[aria-labelledby=facet-camera] a")
    count = link.find_element(By.CLASS_NAME, "number").text
    link.click()

    wait_for(browser, lambda b: "camera=" in b.current_url, "not narrowed down")
    assert find(browser, ".total").text == f"{count} pictures"
    find(browser, ".chips a").click()
    wait_for(browser, lambda b: "camera=" not in b.current_url, "the filter stays")
    assert find(browser, ".total").text == f"{PICTURES:,} pictures"


def test_a_search_leads_to_the_picture(browser: Chrome, many_pages: GuardedUi) -> None:
    show(browser, many_pages)
    ActionChains(browser).send_keys("/").perform()
    browser.switch_to.active_element.send_keys("picture2", Keys.ENTER)
    wait_for(browser, lambda b: b.find_elements(By.CSS_SELECTOR, ".hit"), "no hits")

    find(browser, ".hit .said a").click()
    wait_for(browser, lambda b: "/gallery/pictures/" in b.current_url, "no page of the picture")


def test_a_date_is_jumped_to(browser: Chrome, many_pages: GuardedUi) -> None:
    show(browser, many_pages)
    wait_settled(browser)
    find(browser, "#choices [name=at]").send_keys("2010-05", Keys.ENTER)
    wait_for(browser, lambda b: "2010" in b.current_url or "at=" in b.current_url, "no jump")
    wait_settled(browser)

    script = "return document.getElementById(arguments[0]).closest('.group').ariaLabel"
    assert "2010" in browser.execute_script(script, first_seen(browser)[0])


def test_everything_is_reached_without_scripts(
    browser: Chrome, many_pages: GuardedUi, tmp_path: Path
) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    behavior = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", behavior)
    try:
        show(browser, many_pages)
        first = tiles(browser)[0].find_element(By.TAG_NAME, "a").get_attribute("id")
        find(browser, ".later a").click()
        second = tiles(browser)[0].find_element(By.TAG_NAME, "a").get_attribute("id")
        assert second != first
        find(browser, ".earlier a").click()
        assert tiles(browser)[0].find_element(By.TAG_NAME, "a").get_attribute("id") == first
        tiles(browser)[0].find_element(By.TAG_NAME, "input").click()
        find(browser, "#actions button[formaction$=download_originals]").click()
        wait_for(browser, lambda _: (tmp_path / "pictures.zip").is_file(), "no zip file")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
