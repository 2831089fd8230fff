"""Pictures opened from a search lead on in the order of its hits, and back to them."""

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.browser import open_browser, wait_for
from tests.support.guarded_ui import GuardedUi
from tests.support.page_forms import ANNA, BEN, sent

ASKED = {"q": "picture", "sort": "name", "outcome": "ok"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def hits_of(ui: GuardedUi) -> list[str]:
    """Ids of the hits, as the API gives them."""
    asked = urlencode({"q": ASKED["q"], "outcome": ASKED["outcome"]})
    answer = json.loads(ui.request("GET", f"/api/search?{asked}", BEN).body)
    return [hit["image"]["image_id"] for hit in answer["items"]]


def shown(browser: Chrome) -> str:
    return browser.current_url.partition("/gallery/pictures/")[2].partition("?")[0]


def test_keys_lead_through_all_hits_in_their_order_and_back_to_them(
    browser: Chrome, pages: GuardedUi
) -> None:
    hits = hits_of(pages)
    assert len(hits) > 2
    at = f"http://ben:a%20viewer's%20password@localhost:{pages.port}"
    browser.get(f"{at}/gallery/search?{urlencode(ASKED)}")
    browser.find_element(By.CSS_SELECTOR, ".hit .said a").click()
    wait_for(browser, shown, "no page of the picture")

    walked = [shown(browser)]
    while browser.find_elements(By.ID, "to-after"):
        before = shown(browser)
        browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
        wait_for(browser, lambda b, before=before: shown(b) not in ("", before), "nothing follows")
        walked.append(shown(browser))
    assert walked == hits
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_LEFT)
    wait_for(browser, lambda b: shown(b) == hits[-2], "not the hit before")

    assert browser.find_element(By.ID, "to-grid").text.startswith("All hits for picture")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    wait_for(browser, lambda b: b.find_elements(By.CSS_SELECTOR, ".hit"), "not the hits")
    query = dict(parse_qsl(urlsplit(browser.current_url).query))
    assert query == ASKED


def test_a_change_leads_back_to_where_one_was(pages: GuardedUi) -> None:
    image = hits_of(pages)[0]
    page = pages.request("GET", f"/gallery/pictures/{image}?{urlencode(ASKED)}", ANNA)
    found = re.search(f'action="(/gallery/pictures/{image}/edit[^"]*)"', page.body.decode())
    assert found
    answer = sent(pages, html.unescape(found[1]), field_title="the same", was_title="the same")
    assert answer.status == 303
    assert dict(parse_qsl(urlsplit(answer.headers["location"]).query)) == {
        **ASKED,
        "saved": "nothing",
    }


def test_a_picture_that_is_no_hit_leads_back_to_the_hits_only(pages: GuardedUi) -> None:
    image = hits_of(pages)[0]
    page = pages.request("GET", f"/gallery/pictures/{image}?q=nothingsuch", BEN).body.decode()
    assert 'id="to-after"' not in page
    assert "/gallery/search?q=nothingsuch" in page
    too_long = pages.request("GET", f"/gallery/pictures/{image}?q={'a' * 501}", BEN)
    assert too_long.status == 400
