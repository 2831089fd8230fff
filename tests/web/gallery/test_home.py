"""The first page: batches, work, workers, pauses, exports; and the same as JSON."""

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import dagster as dg
import pytest

from media_assets.exports.export_files import write_changed
from resources.orchestration.paused_work import is_all_paused, paused_batches
from resources.orchestration.run_tags import BATCH_TAG
from resources.orchestration.worker_counts import WorkerCounts, worker_counts
from resources.warehouse.published_file import PublishedFiles
from tests.support.guarded_ui import GuardedUi, basic, guarded_ui
from tests.support.running_service import Answer
from tests.support.synthetic_rows import SyntheticHome
from tests.web.gallery.conftest import HOSTILE, publish, users_of
from web.gallery.home.batches import Counts
from web.gallery.home.pace import pace_of

ANNA = basic("anna", "an editor's password")
BEN = basic("ben", "a viewer's password")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HOSTILE_BATCH = HOSTILE.replace("/", "_")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> SyntheticHome:
    made = SyntheticHome(tmp_path_factory.mktemp("home") / "home")
    made.declare_recipes()
    made.finish(made.land("done", "a.jpg", "b.jpg"))
    first, _, _ = made.land("half", "c.jpg", "d.jpg", "e.jpg")
    made.finish([first])
    made.land(HOSTILE_BATCH, "f.jpg")
    publish(made)
    write_changed(made.home)
    return made


@pytest.fixture(scope="module")
def ui(media: SyntheticHome) -> Iterator[GuardedUi]:
    with guarded_ui(users_of(media.home.root)) as running:
        yield running


def shown(ui: GuardedUi, path: str = "/gallery/home", who: dict[str, str] = BEN) -> str:
    answer = ui.request("GET", path, who)
    assert answer.status == 200, answer.body
    return answer.body.decode()


def sent(ui: GuardedUi, path: str, who: dict[str, str], **fields: object) -> Answer:
    page = ui.request("GET", "/gallery/home", who)
    token = re.search(r'data-form-token="([0-9a-f]+)"', page.body.decode())
    assert token
    cookie = page.headers["set-cookie"].partition(";")[0]
    body = urlencode({"form_token": token[1], **fields})
    return ui.request("POST", f"/gallery/home{path}", {**who, **FORM, "Cookie": cookie}, body)


def test_each_batch_is_shown_with_its_numbers(ui: GuardedUi) -> None:
    page = shown(ui)

    assert "All 2 images are ready" in page
    assert '<span class="key-done">1 done</span>' in page
    assert '<span class="key-pending">2 pending</span>' in page
    assert "<script>document" not in page


def test_the_json_has_the_same_numbers_page_by_page(ui: GuardedUi) -> None:
    found, after = {}, ""
    while after is not None:
        query = urlencode({"limit": 1, **({"after": after} if after else {})})
        part = json.loads(shown(ui, f"/api/batches?{query}"))
        found |= {one["batch"]: one for one in part["items"]}
        after = part["next"]

    assert set(found) == {"done", "half", HOSTILE_BATCH}
    assert found["done"]["sources"]["done"] == 2
    assert found["half"]["sources"]["pending"] == 2
    assert ui.request("GET", "/api/batches?after=none", BEN).status == 404


def test_a_finished_batch_can_be_downloaded_and_no_other(ui: GuardedUi) -> None:
    answer = ui.request("GET", "/gallery/exports?batch=done", BEN)
    assert len(answer.body.splitlines()) == 2
    assert answer.headers["content-disposition"].startswith("attachment")
    for batch in ("half", "", "..%2Fmedia.duckdb", "%2Fetc%2Fpasswd"):
        assert ui.request("GET", f"/gallery/exports?batch={batch}", BEN).status == 404


def test_batches_are_paused_resumed_and_canceled_by_editors(ui: GuardedUi) -> None:
    assert sent(ui, "/batch", BEN, batch="half", do="pause").status == 403
    assert sent(ui, "/batch", ANNA, batch="half", do="pause").status == 303
    assert paused_batches(ui.instance) == ["half"]
    assert 'aria-label="Resume half"' in shown(ui, who=ANNA)
    assert sent(ui, "/batch", ANNA, batch="half", do="resume").status == 303
    assert paused_batches(ui.instance) == []
    assert sent(ui, "/batch", ANNA, batch="half", do="explode").status == 400
    assert sent(ui, "/batch", ANNA, batch="nothing", do="pause").status == 404
    assert "Cancel half?" in shown(ui, "/gallery/home/cancel?batch=half", ANNA)


def test_who_paused_a_batch_is_written_down(ui: GuardedUi, media: SyntheticHome) -> None:
    sent(ui, "/batch", ANNA, batch="half", do="pause")
    sent(ui, "/batch", ANNA, batch="half", do="resume")
    publish(media)
    published = PublishedFiles(media.home.warehouse).current()
    found = published.rows("select event, detail from stg_ingest__batch_events").rows
    assert {("paused", "anna"), ("resumed", "anna")} <= set(found)


def test_all_work_is_paused_and_resumed(ui: GuardedUi) -> None:
    assert sent(ui, "/all", ANNA, do="pause").status == 303
    assert is_all_paused(ui.instance)
    assert sent(ui, "/all", ANNA, do="resume").status == 303
    assert not is_all_paused(ui.instance)


def test_workers_are_set_within_the_settings(ui: GuardedUi) -> None:
    assert sent(ui, "/workers", ANNA, kind="runs", count=3).status == 303
    assert worker_counts(ui.instance, WorkerCounts.of(ui.settings)).runs == 3
    for wrong in (0, 10**9, "x", "-1", ""):
        assert sent(ui, "/workers", ANNA, kind="runs", count=wrong).status == 400
    assert worker_counts(ui.instance, WorkerCounts.of(ui.settings)).runs == 3


def test_a_run_under_way_is_shown_with_a_link_into_dagster(ui: GuardedUi) -> None:
    tags = {BATCH_TAG: "half"}
    run = dg.DagsterRun(job_name="process_images", status=dg.DagsterRunStatus.STARTED, tags=tags)
    ui.instance.add_run(run)

    assert f'href="/runs/{run.run_id}"' in shown(ui, "/gallery/home/now")
    assert json.loads(shown(ui, "/api/status"))["runs"][0]["batch"] == "half"
    ui.instance.delete_run(run.run_id)


def test_the_pace_counts_the_results_of_the_last_minutes(media: SyntheticHome) -> None:
    before = pace_of(media.home, time.time_ns()).results
    media.finish(media.land("later", "x.jpg"), "source_record")

    assert pace_of(media.home, time.time_ns()).results > before


def test_before_anything_is_published_the_page_says_what_to_do(open_pages: GuardedUi) -> None:
    page = shown(open_pages, who={})
    assert "No batch yet" in page


def test_a_hundred_percent_is_all() -> None:
    assert Counts(1, 0, 999, 0).percent == 99
    assert sum(share for _, _, share in Counts(1, 2, 3, 4).bars) == 1000
