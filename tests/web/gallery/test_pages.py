"""What the pages answer, over real connections through the guard."""

import html
import io
import json
import re
import stat
import zipfile
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from starlette.routing import Route

from resources.warehouse.published_file import PublishedFiles
from tests.support.guarded_ui import GuardedUi, basic
from tests.support.running_service import Answer
from tests.web.gallery.addresses import API, PAGES, some_image
from web.gallery.base.changes import ProtectedRoute
from web.gallery.base.form_key import kept_key
from web.gallery.contents import ACTIONS, routes
from web.guard.private_file import write_private

ANNA = basic("anna", "an editor's password")
BEN = basic("ben", "a viewer's password")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DOWNLOAD = "/gallery/actions/download_originals"
EXPORT = "/gallery/actions/export_records"


def get(ui: GuardedUi, path: str, headers: Mapping[str, str] = BEN) -> Answer:
    return ui.request("GET", path.format(image=some_image(ui)), headers)


def form_of(ui: GuardedUi, who: Mapping[str, str]) -> tuple[str, str]:
    """The cookie and the token of a page."""
    answer = get(ui, "/gallery", who)
    token = re.search(r'data-form-token="([0-9a-f]+)"', answer.body.decode())
    assert token
    return answer.headers["set-cookie"].partition(";")[0], token[1]


@pytest.mark.parametrize("page", [*PAGES, *API])
def test_every_page_needs_a_login_and_shows_a_viewer(pages: GuardedUi, page: str) -> None:
    assert get(pages, page, {}).status == 401
    assert get(pages, page).status == (404 if page.endswith("nothing-here") else 200)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_allows_inline_script_or_style(pages: GuardedUi, page: str) -> None:
    answer = get(pages, page)
    policy = answer.headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.body.decode())


def test_the_addresses_of_dagster_stay_and_the_root_shows_the_first_page(pages: GuardedUi) -> None:
    assert get(pages, "/").headers["location"] == "/gallery/home"
    assert get(pages, "/dagster").headers["location"] == "/overview"
    assert b"Dagster" in get(pages, "/overview").body
    assert get(pages, "/assets/source").status == 200


def test_a_route_that_changes_something_is_made_by_change_alone() -> None:
    changing = [
        route
        for route in routes()
        if isinstance(route, Route) and not (route.methods or set()) <= {"GET", "HEAD"}
    ]
    assert len(changing) >= len(ACTIONS)
    assert all(isinstance(route, ProtectedRoute) for route in changing)


@pytest.mark.parametrize("path", [r.path for r in routes() if isinstance(r, ProtectedRoute)])
def test_nothing_is_changed_without_the_token_of_the_form(pages: GuardedUi, path: str) -> None:
    cookie, token = form_of(pages, ANNA)
    image = urlencode({"id": some_image(pages)})
    others_cookie, _ = form_of(pages, ANNA)
    without = pages.request("POST", path, {**ANNA, **FORM, "Cookie": cookie}, image)
    no_cookie = {**ANNA, **FORM, "X-Form-Token": token}
    other = {**no_cookie, "Cookie": others_cookie}
    other_user = {**BEN, **FORM, "X-Form-Token": token, "Cookie": cookie}

    assert without.status == 403
    assert pages.request("POST", path, no_cookie, image).status == 403
    assert pages.request("POST", path, other, image).status == 403
    assert pages.request("POST", path, other_user, image).status == 403


def test_a_page_of_another_site_cannot_send_a_form(pages: GuardedUi) -> None:
    cookie, token = form_of(pages, ANNA)
    foreign = {"Origin": "https://evil.example", "Cookie": cookie, "X-Form-Token": token}

    assert pages.request("POST", DOWNLOAD, {**ANNA, **FORM, **foreign}, "id=x").status == 403


def test_chosen_originals_come_as_one_zip_file(pages: GuardedUi) -> None:
    published = PublishedFiles(pages.settings.media_home.warehouse).current()
    ids = [row[0] for row in published.rows("select image_id from images").rows]
    cookie, token = form_of(pages, BEN)
    body = urlencode([("form_token", token), *(("id", one) for one in ids)])
    answer = pages.request("POST", DOWNLOAD, {**BEN, **FORM, "Cookie": cookie}, body)

    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [f"picture{n}.png" for n in range(4)]


def test_all_that_is_known_of_chosen_pictures_comes_as_json_lines(pages: GuardedUi) -> None:
    published = PublishedFiles(pages.settings.media_home.warehouse).current()
    ids = [row[0] for row in published.rows("select image_id from images").rows][:3]
    cookie, token = form_of(pages, BEN)
    headers = {**BEN, **FORM, "Cookie": cookie}
    body = urlencode([("form_token", token), *(("id", one) for one in (*ids, "gone"))])
    answer = pages.request("POST", EXPORT, headers, body)

    records = [json.loads(line) for line in answer.body.decode().splitlines()]
    assert sorted(record["image_id"] for record in records) == sorted(ids)
    assert all(record["sightings"] and record["provenance"] for record in records)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    none = urlencode({"form_token": token, "id": "gone"})
    assert pages.request("POST", EXPORT, headers, none).status == 404
    many = urlencode([("form_token", token), *(("id", f"{one}") for one in range(1001))])
    assert pages.request("POST", EXPORT, headers, many).status == 413


def test_a_form_outlives_a_restart_and_its_key_is_private(pages: GuardedUi) -> None:
    home = pages.settings.media_home
    file = home.locks / "form_key"
    key = file.read_bytes()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_key(home) == key
    file.chmod(0o644)
    try:
        assert kept_key(home) != key
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    finally:
        write_private(file, key)


def test_a_rendition_is_served_by_its_hash_for_ever_and_in_parts(pages: GuardedUi) -> None:
    address = json.loads(get(pages, "/api/images/{image}").body)["thumbnail"]
    whole = get(pages, address)

    assert whole.headers["content-type"] == "image/jpeg"
    assert "immutable" in whole.headers["cache-control"]
    etag = {**BEN, "If-None-Match": whole.headers["etag"]}
    assert get(pages, address, etag).status == 304
    part = get(pages, address, {**BEN, "Range": "bytes=2-5"})
    assert (part.status, part.body) == (206, whole.body[2:6])


@pytest.mark.parametrize(
    "name", ["0" * 64, "..%2f..%2fmedia.duckdb", "x", "0" * 63, "A" * 64, "%00" * 64]
)
def test_nothing_but_renditions_is_served_as_one(pages: GuardedUi, name: str) -> None:
    assert get(pages, f"/gallery/renditions/{name}").status in (400, 404)


def test_an_original_is_a_download_and_nothing_else(pages: GuardedUi) -> None:
    answer = get(pages, "/gallery/originals/{image}")

    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.body.startswith(b"\x89PNG")


def test_the_pages_of_the_api_lead_through_all_images_once(pages: GuardedUi) -> None:
    seen, after = [], ""
    while after is not None:
        found = json.loads(get(pages, f"/api/images?limit=3{after}").body)
        seen += [one["image_id"] for one in found["items"]]
        after = f"&after={found['next']}" if found["next"] else None

    assert len(seen) == len(set(seen)) == found["total"] == 4


def test_a_filter_narrows_down_and_an_unknown_order_is_refused(pages: GuardedUi) -> None:
    assert json.loads(get(pages, "/api/images?format=png").body)["total"] == 4
    assert json.loads(get(pages, "/api/images?format=tiff&text=no").body)["total"] == 0
    assert b"No picture has all of this" in get(pages, "/gallery?format=tiff").body
    assert get(pages, "/gallery?sort=sideways").status == 400
    assert b"png" in get(pages, "/gallery/facets").body


def test_a_search_says_why_it_found_a_picture(pages: GuardedUi) -> None:
    assert (
        b"is in its file name"
        in html.unescape(get(pages, "/gallery/search?q=picture2").body.decode()).encode()
    )


def test_without_tables_a_page_says_where_to_put_files(open_pages: GuardedUi) -> None:
    answer = open_pages.request("GET", "/gallery", {})

    assert answer.status == 503
    landing = str(open_pages.settings.media_home.landing)
    assert f"No pictures yet: put files in {landing}" in html.unescape(answer.body.decode())
