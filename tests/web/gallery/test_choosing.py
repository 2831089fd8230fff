"""Pictures are chosen among the hits of a search, and by ranges of which the page holds a part."""

import html
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.support.browser import open_browser, wait_for
from tests.support.guarded_ui import GuardedUi
from tests.support.page_forms import ANNA, BEN, sent

HITS = "/gallery/search?q=picture"


def text(ui: GuardedUi, path: str) -> str:
    """The page as the browser understands it."""
    return html.unescape(ui.request("GET", path, BEN).body.decode())


def images(ui: GuardedUi) -> list[str]:
    """The ids of all pictures, by name."""
    answer = ui.request("GET", "/api/images?sort=name", BEN)
    return [one["image_id"] for one in json.loads(answer.body)["items"]]


def ids_between(ui: GuardedUi, first: str, last: str) -> tuple[int, list[str] | str]:
    """The status, and the ids of the range or the sentence why not."""
    query = urlencode({"sort": "name", "from": first, "to": last})
    answer = ui.request("GET", f"/gallery/range?{query}", BEN)
    found = json.loads(answer.body)
    return answer.status, found.get("ids") or found["detail"]


@pytest.mark.parametrize("question", ["picture", "picture2"])
def test_hits_are_narrowed_down_by_counts_of_their_own(pages: GuardedUi, question: str) -> None:
    hits = json.loads(pages.request("GET", f"/api/search?q={question}", BEN).body)["total"]
    facets = text(pages, f"/gallery/search/facets?q={question}&outcome=ok")

    assert f'"/gallery/search?format=png&outcome=ok&q={question}"' in facets
    assert f'png <span class="number">{hits}</span>' in facets


def test_filters_of_hits_are_there_without_scripts_and_are_taken_back(pages: GuardedUi) -> None:
    assert f'{HITS}&filters=1"' in text(pages, HITS)
    link = re.search(r'href="([^"]*format=png[^"]*)"', text(pages, f"{HITS}&filters=1"))
    assert link
    narrowed = text(pages, link[1])
    assert "Format: png" in narrowed
    assert f'href="{HITS}"' in narrowed
    none = text(pages, f"{HITS}&format=tiff")
    assert "No picture was found among those with these filters" in none
    assert f'<a href="{HITS}">Search all pictures</a>' in none


def test_a_range_is_the_same_from_both_ends(pages: GuardedUi) -> None:
    ids = images(pages)

    for first, last in ((ids[1], ids[3]), (ids[3], ids[1])):
        status, found = ids_between(pages, first, last)
        assert (status, sorted(found)) == (200, sorted(ids[1:]))


def test_a_range_that_is_too_long_or_has_no_end_is_refused_in_a_sentence(
    pages: GuardedUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = images(pages)
    monkeypatch.setattr("web.gallery.pages.grid.MOST_PICTURES", 2)

    assert ids_between(pages, ids[0], ids[1])[0] == 200
    long = "These are 3 pictures; at most 2 can be chosen at a time."
    assert ids_between(pages, ids[0], ids[2]) == (413, long)
    status, why = ids_between(pages, ids[0], "2024")
    assert (status, "choose it again" in why) == (404, True)


@pytest.mark.parametrize(
    ("named", "leads_to"),
    [
        (f"{HITS}&format=png", f"{HITS}&format=png"),
        ("/gallery?at=img_1", "/gallery?at=img_1"),
        ("//evil.example/gallery", "/gallery"),
        ("https://evil.example/gallery", "/gallery"),
        ("javascript:alert(1)", "/gallery"),
        ("/gallery/home/../../logout", "/gallery"),
        ("/gallery?" + "a" * 5000, "/gallery"),
    ],
)
def test_an_action_leads_back_to_where_pictures_were_chosen(
    pages: GuardedUi, named: str, leads_to: str
) -> None:
    answer = sent(pages, "/gallery/actions/edit_tags", ANNA, id=images(pages)[:2], back=named)

    page = html.unescape(answer.body.decode())
    assert f'<a href="{leads_to}">Leave it</a>' in page
    assert f'name="back" value="{leads_to}"' in page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def show(browser: Chrome, ui: GuardedUi, path: str) -> None:
    browser.get(f"http://ben:a%20viewer's%20password@localhost:{ui.port}{path}")


def boxes(browser: Chrome) -> Sequence[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, ".hit .pick")


def count(browser: Chrome) -> str:
    return browser.find_element(By.ID, "chosen-count").text


def test_hits_are_chosen_by_mouse_and_by_keys(browser: Chrome, pages: GuardedUi) -> None:
    show(browser, pages, HITS)
    boxes(browser)[0].click()
    third = browser.find_elements(By.CSS_SELECTOR, ".hit .said a")[2]
    ActionChains(browser).key_down(Keys.SHIFT).click(third).key_up(Keys.SHIFT).perform()
    assert count(browser) == "3 chosen"

    third.send_keys(Keys.ESCAPE)
    assert not browser.find_element(By.ID, "actions").is_displayed()
    keys = ActionChains(browser).send_keys(Keys.ARROW_LEFT, Keys.SPACE).key_down(Keys.SHIFT)
    keys.send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    assert [one.is_selected() for one in boxes(browser)][:3] == [False, True, True]
    assert "/gallery/search" in browser.current_url


@pytest.mark.parametrize("scripts", [True, False], ids=["with_scripts", "without"])
def test_chosen_hits_are_downloaded(
    browser: Chrome, pages: GuardedUi, tmp_path: Path, scripts: bool
) -> None:
    behavior = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", behavior)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    try:
        show(browser, pages, HITS)
        for box in boxes(browser)[1:3]:
            box.click()
        browser.find_element(By.CSS_SELECTOR, "[formaction$=download_originals]").click()
        wait_for(browser, lambda _: (tmp_path / "pictures.zip").is_file(), "no zip file")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    with zipfile.ZipFile(tmp_path / "pictures.zip") as archive:
        assert len(archive.namelist()) == 2
