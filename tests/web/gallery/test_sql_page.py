"""The page for SQL, over real connections through the guard."""

import html
import io
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import polars as pl
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from media_assets.curation.saved_query import saved_queries
from tests.support.browser import open_browser, wait_for
from tests.support.guarded_ui import GuardedUi, basic

ANNA = basic("anna", "an editor's password")
BEN = basic("ben", "a viewer's password")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = "select image_id, file_name, '<b>bold</b>' as mark from images order by file_name"
NUMBERS = "from range(300) as t(n)"


def shown(ui: GuardedUi, headers: Mapping[str, str] = BEN, **parameters: str) -> tuple[int, str]:
    """The status and the text of the page."""
    answer = ui.request("GET", f"/gallery/sql?{urlencode(parameters)}", headers)
    return answer.status, answer.body.decode()


def post(ui: GuardedUi, path: str, who: Mapping[str, str], **fields: str) -> int:
    """The status of a form that a page of ours sends."""
    page = ui.request("GET", "/gallery/sql", who)
    found = re.search(r'data-form-token="([0-9a-f]+)"', page.body.decode())
    assert found
    cookie = {"Cookie": page.headers["set-cookie"].partition(";")[0]}
    body = urlencode({**fields, "form_token": found[1]})
    return ui.request("POST", f"/gallery/sql/{path}", {**who, **FORM, **cookie}, body).status


def test_a_viewer_sees_the_rows_as_text_and_the_pictures_as_links(pages: GuardedUi) -> None:
    status, text = shown(pages, q=QUERY)

    assert status == 200
    assert '<h2 id="result">4 rows' in text
    assert "&lt;b&gt;bold&lt;/b&gt;</td>" in text
    assert len(re.findall(r'<td><a href="/gallery/pictures/picture\d-', text)) == 4
    assert "Save this query" not in text


def test_the_page_lists_the_tables_with_what_they_are_for(pages: GuardedUi) -> None:
    _, text = shown(pages)

    assert "<code>images</code>" in text
    assert "one row per accepted source image" in text
    assert "A query may take 10 seconds" in text
    assert "stg_" not in text


def test_a_mistake_is_shown_with_its_place(pages: GuardedUi) -> None:
    status, text = shown(pages, q="select frmat from images")
    said = html.unescape(text)

    assert status == 400
    assert 'Referenced column "frmat" not found' in said
    assert "LINE 1: select frmat from images\n               ^" in said


@pytest.mark.parametrize(
    "query", ["drop table images", "copy images to '/tmp/x'", "from read_csv('/etc/passwd')"]
)
def test_the_box_only_reads_the_tables(pages: GuardedUi, query: str) -> None:
    status, text = shown(pages, ANNA, q=query)

    assert status == 400
    assert "This query cannot be answered" in text


def test_a_query_in_a_link_of_another_site_is_shown_and_not_run(pages: GuardedUi) -> None:
    link = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    status, text = shown(pages, {**BEN, **link}, q=QUERY)

    assert status == 200
    assert "Read it before you run it" in text
    assert "&lt;b&gt;bold" in text
    assert 'id="result"' not in text


def test_the_whole_result_is_a_download(pages: GuardedUi) -> None:
    address = f"?{urlencode({'q': NUMBERS})}"
    text = pages.request("GET", f"/gallery/sql/result.csv{address}", BEN)
    parquet = pages.request("GET", f"/gallery/sql/result.parquet{address}", BEN)

    assert "the first 200 shown" in shown(pages, q=NUMBERS)[1]
    assert text.headers["content-disposition"] == 'attachment; filename="result.csv"'
    assert text.body.decode().splitlines()[-1] == "299"
    assert pl.read_parquet(io.BytesIO(parquet.body))["n"].to_list() == list(range(300))
    assert pages.request("GET", f"/gallery/sql/result.exe{address}", BEN).status == 404


def test_editors_keep_queries_by_name_for_everybody(pages: GuardedUi) -> None:
    home = pages.settings.media_home
    fields = {"name": "<i>mine</i>", "q": QUERY}

    assert post(pages, "save", BEN, **fields) == 403
    assert saved_queries(home) == []
    assert post(pages, "save", ANNA, **fields) == 303
    assert post(pages, "save", ANNA, name="", q=QUERY) == 400
    (one,) = saved_queries(home)
    assert (one.name, one.sql, one.saved_by) == ("<i>mine</i>", QUERY, "anna")
    _, text = shown(pages)
    assert "&lt;i&gt;mine&lt;/i&gt;" in text
    assert "Remove" not in text
    assert post(pages, "remove", BEN, name=one.name) == 403
    assert post(pages, "remove", ANNA, name=one.name) == 303
    assert post(pages, "remove", ANNA, name=one.name) == 404
    assert saved_queries(home) == []


def test_ctrl_enter_runs_the_query_and_the_back_button_shows_the_one_before(
    pages: GuardedUi, tmp_path: Path
) -> None:
    with open_browser(tmp_path) as browser:
        host = f"ben:a%20viewer's%20password@localhost:{pages.port}"
        browser.get(f"http://{host}/gallery/sql?q=select+1+as+before")
        box = browser.find_element(By.ID, "q")
        box.clear()
        box.send_keys("select 42 as answer", Keys.CONTROL, Keys.ENTER)
        wait_for(browser, lambda b: "answer" in b.page_source and "42</td>" in b.page_source, "42")
        browser.back()
        wait_for(browser, lambda b: "before" in b.find_element(By.ID, "q").text, "the one before")
