"""The page of a picture in a browser: its keys, its overlays, and what two versions differ in."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.browser import open_browser, wait_for
from tests.support.guarded_ui import GuardedUi
from tests.web.gallery.addresses import some_image
from web.gallery.panels.version_difference import MOST_WORDS, differences, pieces


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def show(browser: Chrome, ui: GuardedUi, path: str) -> None:
    browser.get(f"http://anna:an%20editor's%20password@localhost:{ui.port}{path}")


def press(browser: Chrome, key: str) -> None:
    browser.find_element(By.TAG_NAME, "body").send_keys(key)


def test_keys_edit_lead_on_and_lead_back(browser: Chrome, pages: GuardedUi) -> None:
    image = some_image(pages)
    show(browser, pages, f"/gallery/pictures/{image}?sort=name")
    press(browser, "e")
    assert browser.switch_to.active_element.get_attribute("name") == "field_title"

    browser.switch_to.active_element.send_keys(Keys.ESCAPE)  # leaves the field, not the page
    key = Keys.ARROW_RIGHT if browser.find_elements(By.ID, "to-after") else Keys.ARROW_LEFT
    press(browser, key)
    wait_for(browser, lambda b: image not in b.current_url, "another picture")
    assert browser.current_url.endswith("?sort=name")

    press(browser, Keys.ESCAPE)
    wait_for(browser, lambda b: b.find_elements(By.ID, "grid"), "the grid")
    assert "sort=name" in browser.current_url


def test_lines_of_text_are_laid_over_the_picture_when_they_are_switched_on(
    browser: Chrome, hostile_pages: GuardedUi
) -> None:
    show(browser, hostile_pages, f"/gallery/pictures/{some_image(hostile_pages)}")
    box = browser.find_element(By.CSS_SELECTOR, ".overlay .box")
    assert not box.is_displayed()

    browser.find_element(By.ID, "show-ocr_text").click()
    assert box.is_displayed()
    measured = [box.get_attribute(name) for name in ("x", "y", "width", "height")]
    assert [float(value or 0) for value in measured] == [10, 20, 90, 30]


def test_the_difference_of_two_versions_is_whole_and_names_what_only_one_says() -> None:
    (title, hint) = differences({"title": "The old mill"}, {"title": "The mill", "hint": "1912"})

    assert [piece.text for piece in title.older if piece.is_own] == ["old "]
    assert not any(piece.is_own for piece in title.newer)
    assert (hint.older, [piece.text for piece in hint.newer]) == ([], ["1912"])
    long = " word" * (3 * MOST_WORDS)
    assert ["".join(piece.text for piece in side) for side in pieces(long, f"{long} x")] == [
        long,
        f"{long} x",
    ]
