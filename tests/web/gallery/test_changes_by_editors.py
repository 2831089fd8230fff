"""What editors change on pages is recorded with their names."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import dagster as dg
import pytest

from media_assets.curation.human_record import current_record
from media_assets.execution.versions import PREFERENCE
from resources.rows.row_store import RowStore
from resources.warehouse.published_file import PublishedFiles
from tests.support.guarded_ui import GuardedUi, guarded_ui
from tests.support.main_job import copy_home, main_job
from tests.support.page_forms import ANNA, BEN, CODE, OF_DAGSTERS_CLIENT, run_of, sent
from tests.support.running_service import Answer
from tests.web.gallery.addresses import some_image
from tests.web.gallery.conftest import users_of

pytestmark = OF_DAGSTERS_CLIENT


@pytest.fixture(scope="module")
def ui(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """The pages over a home of their own, with the real code behind Dagster's queue."""
    home = copy_home(finished_home, tmp_path_factory.mktemp("runs") / "home")
    with main_job(home), guarded_ui(users_of(home), code=CODE) as running:
        yield running


def query_of(answer: Answer) -> dict[str, str]:
    """What the address says to which the answer leads."""
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def images_of(ui: GuardedUi) -> list[str]:
    """The ids of the pictures."""
    published = PublishedFiles(ui.settings.media_home.warehouse).current()
    return [one for (one,) in published.rows("select image_id from images order by image_id").rows]


def second_image(ui: GuardedUi) -> str:
    """Another picture than ``some_image``."""
    return images_of(ui)[1]


def test_an_edit_is_recorded_with_the_visitors_name_and_seen_at_once(ui: GuardedUi) -> None:
    image = some_image(ui)
    page = f"/gallery/pictures/{image}"
    fields = {"field_title": "The old mill", "was_title": "", "field_keywords": "mill\r\nriver"}
    answer = sent(ui, f"{page}/edit", ANNA, **fields, note="letter of 1912")

    assert answer.status == 303
    run = ui.instance.get_run_by_id(query_of(answer)["run"])
    assert run
    assert run.tags["user"] == "anna"
    assert run.asset_selection
    assert dg.AssetKey(["image", "catalogue_record"]) in run.asset_selection
    record = current_record(RowStore(ui.settings.media_home.rows), image)
    assert record
    assert {field.name: field.values for field in record.fields} == {
        "title": ["The old mill"],
        "keywords": ["mill", "river"],
    }
    assert (record.edited_by, record.note) == ("anna", "letter of 1912")
    assert "The old mill" in ui.request("GET", page, BEN).body.decode()


def test_a_field_that_the_form_left_alone_keeps_what_another_person_wrote(ui: GuardedUi) -> None:
    image = second_image(ui)
    page = f"/gallery/pictures/{image}/edit"
    sent(ui, page, ANNA, field_city="Bled", was_city="")
    stale = {"field_city": "", "was_city": "", "field_country": "Slovenia", "was_country": ""}
    sent(ui, page, ANNA, **stale)
    sent(ui, page, ANNA, field_country="", was_country="Slovenia")

    record = current_record(RowStore(ui.settings.media_home.rows), image)
    assert record
    said = {field.name: (field.values, field.is_deleted) for field in record.fields}
    assert said == {"city": (["Bled"], False), "country": ([], True)}


@pytest.mark.parametrize("fields", [{"field_latitude": "north"}, {"field_rating": "7"}])
def test_what_a_field_cannot_hold_is_refused_in_a_sentence(
    ui: GuardedUi, fields: dict[str, str]
) -> None:
    image = second_image(ui)
    before = current_record(RowStore(ui.settings.media_home.rows), image)
    answer = sent(ui, f"/gallery/pictures/{image}/edit", ANNA, **fields)

    assert answer.status == 400
    assert b"nothing was saved" in answer.body
    assert current_record(RowStore(ui.settings.media_home.rows), image) == before


def test_a_version_that_is_preferred_is_recorded_with_who_chose_it(ui: GuardedUi) -> None:
    image = some_image(ui)
    detail = json.loads(ui.request("GET", f"/api/images/{image}", BEN).body)
    version = next(v["version"] for v in detail["versions"] if v["asset"] == "caption")
    path = f"/gallery/pictures/{image}/prefer"
    store = RowStore(ui.settings.media_home.rows)

    assert sent(ui, path, ANNA, asset="caption", version=version).status == 303
    (row,) = store.current(PREFERENCE.name, [image]).iter_rows(named=True)
    assert (row["version"], row["decided_by"]) == (version, "anna")
    assert sent(ui, path, ANNA, asset="caption", version="newest").status == 303
    (row,) = store.current(PREFERENCE.name, [image]).iter_rows(named=True)
    assert row["version"] is None
    assert sent(ui, path, ANNA, asset="description", version=version).status == 400
    assert sent(ui, path, BEN, asset="caption", version=version).status == 403


def test_keywords_of_several_pictures_change_without_losing_the_others(ui: GuardedUi) -> None:
    ids = images_of(ui)[2:4]
    store = RowStore(ui.settings.media_home.rows)
    first = {"id": ids, "add": "lake\nboat"}
    sent(ui, "/gallery/edit_tags", ANNA, **first)
    answer = sent(ui, "/gallery/edit_tags", ANNA, id=ids, add="mill", remove="BOAT")

    assert run_of(ui, answer).tags["user"] == "anna"
    for image in ids:
        record = current_record(store, image)
        assert record
        assert [field.values for field in record.fields] == [["lake", "mill"]]


def test_the_api_answers_all_that_is_known_of_a_picture(ui: GuardedUi) -> None:
    detail = json.loads(ui.request("GET", f"/api/images/{some_image(ui)}", BEN).body)

    assert {one["asset"] for one in detail["derivatives"]} >= {"viewing_copy", "ocr_text"}
    assert any(one["asset"] == "caption" and one["says"] for one in detail["versions"])
    assert detail["sightings"][0]["path_display"].endswith(".png")
    assert detail["text_lines"] == detail["parents"] == detail["children"] == []


def test_the_pages_lead_through_the_pictures_in_the_order_of_the_grid(ui: GuardedUi) -> None:
    ids = [
        i["image_id"]
        for i in json.loads(ui.request("GET", "/api/images?sort=name", BEN).body)["items"]
    ]
    seen, address = [], f"/gallery/pictures/{ids[0]}?sort=name"
    while address:
        page = ui.request("GET", address, BEN).body.decode()
        seen.append(address.partition("?")[0].rpartition("/")[2])
        found = re.search(r'<a href="([^"]+)" rel="next"', page)
        address = html.unescape(found[1]) if found else ""

    assert seen == ids
