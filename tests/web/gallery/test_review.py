"""What needs a person: it is shown, and what he says or asks for is written down or requested."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from media_assets.execution.retry_rules import declare_retry_rules
from resources.rows.row_store import RowStore
from resources.warehouse.published_file import PublishedFiles
from tests.support.guarded_ui import GuardedUi, guarded_ui
from tests.support.main_job import main_job
from tests.support.page_forms import ANNA, BEN, CODE, OF_DAGSTERS_CLIENT, run_of, sent
from tests.support.synthetic_rows import SyntheticHome
from tests.web.gallery.conftest import HOSTILE, publish, users_of
from web.gallery.review.duplicate_groups import GROUPS_PER_PAGE, group_keys

REVIEW = "/gallery/review"
DUPLICATES = f"{REVIEW}/duplicates"
PAIRS = 25
TABLE = "curation/duplicate_verdict"
MOST_TRIES = 3

pytestmark = OF_DAGSTERS_CLIENT


def make_home(root: Path) -> SyntheticHome:
    """Pairs that look the same, one group of three, one failure, one rejection, stale colors."""
    media = SyntheticHome(root)
    media.declare_recipes()
    ids = media.land("summer", *(f"{number:03}.jpg" for number in range(2 * PAIRS + 3)))
    lost, broken = media.land("summer", "lost.jpg", HOSTILE.replace("/", "_") + ".jpg")
    media.finish([*ids, lost])
    media.fail_above(broken, "source_record", "rejected", f"cut off {HOSTILE}")
    media.result("thumbnails", lost, "failed", "the disk went away")
    declare_retry_rules(media.store, MOST_TRIES)
    for number in range(MOST_TRIES):
        media.result("perceptual_hash", lost, "failed", f"try {number} {HOSTILE}")
    for number in range(PAIRS):
        add_group(media, ids[2 * number : 2 * number + 2])
    add_group(media, ids[2 * PAIRS :])
    media.leave_out("summer", f"huge {HOSTILE}", "too_large", size_bytes=5)
    media.change_recipe("dominant_colors", code_version="2")
    publish(media)
    return media


def add_group(media: SyntheticHome, ids: list[str]) -> None:
    rows = [
        {
            "image_id": one,
            "tier": "near",
            "group_id": ids[0],
            "place": place,
            "why": "more pixels" if place == 1 else None,
        }
        for place, one in enumerate(ids, 1)
    ]
    media.append("search/duplicates", rows)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> SyntheticHome:
    return make_home(tmp_path_factory.mktemp("review") / "home")


@pytest.fixture(scope="module")
def ui(media: SyntheticHome) -> Iterator[GuardedUi]:
    """The pages, with the real code behind Dagster's queue."""
    home = media.home.root
    with main_job(home), guarded_ui(users_of(home), code=CODE) as running:
        yield running


def shown(ui: GuardedUi, path: str) -> str:
    answer = ui.request("GET", path, BEN)
    assert answer.status == 200, answer.body.decode()
    return answer.body.decode()


def groups_in(page: str) -> list[str]:
    return re.findall(r'name="group_id" value="([^"]+)"', page)


def verdicts(media: SyntheticHome) -> list[dict[str, object]]:
    return RowStore(media.home.rows).scan(TABLE).collect().rows(named=True)


def test_what_went_wrong_is_shown_with_its_reason_as_text(ui: GuardedUi) -> None:
    rejected = shown(ui, f"{REVIEW}/failures?outcome=rejected")
    assert "<script>document" not in rejected
    assert "cut off " in rejected
    assert "the disk went away" in shown(ui, f"{REVIEW}/failures?outcome=failed")
    assert "it is too_large" in shown(ui, f"{REVIEW}/not-taken")
    assert ui.request("GET", f"{REVIEW}/failures?outcome=x", BEN).status == 400


def test_what_is_dead_is_shown_with_every_try_and_is_alive_when_a_person_asks(
    ui: GuardedUi, media: SyntheticHome
) -> None:
    dead = shown(ui, f"{REVIEW}/failures?outcome=dead")
    assert f"tried {MOST_TRIES} times" in dead
    assert dead.count("UTC: try ") == MOST_TRIES
    assert "<script>document" not in dead
    assert "try 0" not in shown(ui, f"{REVIEW}/failures?outcome=failed")
    assert "1 dead: failed too often" in shown(ui, "/gallery/home")

    run_of(ui, sent(ui, f"{REVIEW}/retry", all="dead"))
    asked = RowStore(media.home.rows).scan("curation/retry_request").collect()
    assert asked.select("asset", "asked_by").rows() == [("perceptual_hash", "anna")]


def test_every_group_of_duplicates_is_on_one_page(ui: GuardedUi) -> None:
    first = shown(ui, DUPLICATES)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = shown(ui, DUPLICATES + html.unescape(following[1]))

    assert len(groups_in(first)) == GROUPS_PER_PAGE
    assert len({*groups_in(first), *groups_in(second)}) == PAIRS + 1
    assert 'rel="next"' not in second


def test_a_verdict_counts_at_once_and_after_publication_and_is_taken_back(
    ui: GuardedUi, media: SyntheticHome
) -> None:
    group = groups_in(shown(ui, DUPLICATES))[0]
    answer = sent(ui, f"{DUPLICATES}/verdict", tier="near", group_id=group, verdict="different")
    page, _, place = answer.headers["location"].partition("#")
    assert page == DUPLICATES
    assert f'id="{place}"' in shown(ui, DUPLICATES)
    assert [(row["verdict"], row["decided_by"]) for row in verdicts(media)] == [
        ("different", "anna")
    ] * 2
    assert "said anna" in shown(ui, DUPLICATES)

    publish(media)
    assert group not in groups_in(shown(ui, DUPLICATES))
    assert group in groups_in(shown(ui, f"{DUPLICATES}?decided=1"))
    sent(ui, f"{DUPLICATES}/verdict", tier="near", group_id=group, verdict="undecided")
    publish(media)
    assert group in groups_in(shown(ui, DUPLICATES))


def test_one_of_three_is_different_and_the_others_stay_a_group(
    ui: GuardedUi, media: SyntheticHome
) -> None:
    published = PublishedFiles(media.home.warehouse).current()
    sql = "select image_id from duplicates where copies = 3 order by place"
    ids = [one for (one,) in published.rows(sql).rows]
    where = {"tier": "near", "group_id": ids[0]}
    sent(ui, f"{DUPLICATES}/verdict", **where, verdict="different", different=ids[2])
    publish(media)
    current = PublishedFiles(media.home.warehouse).current()
    assert ("near", ids[0]) in group_keys(current, is_decided=False)

    best = {"verdict": "keep_best", "best": ids[1]}
    assert sent(ui, f"{DUPLICATES}/verdict", **where, **best).status == 303
    publish(media)
    current = PublishedFiles(media.home.warehouse).current()
    assert ("near", ids[0]) in group_keys(current, is_decided=True)
    found = current.rows("select distinct best_id, decided_by from duplicates where copies = 3")
    assert [tuple(row) for row in found.rows] == [(ids[1], "anna")]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"group_id": "nothing", "verdict": "same"}, 404),
        ({"verdict": "burn"}, 400),
        ({"verdict": "keep_best", "best": "another"}, 400),
    ],
)
def test_what_is_no_verdict_is_refused(
    ui: GuardedUi, media: SyntheticHome, fields: dict[str, str], status: int
) -> None:
    before = len(verdicts(media))
    group = groups_in(shown(ui, DUPLICATES))[-1]
    given = {"tier": "near", "group_id": group, **fields}
    assert sent(ui, f"{DUPLICATES}/verdict", **given).status == status
    assert sent(ui, f"{DUPLICATES}/verdict", BEN, **{**given, "verdict": "same"}).status == 403
    assert len(verdicts(media)) == before


def test_a_failure_is_tried_again_by_who_may(ui: GuardedUi) -> None:
    page = ui.request("GET", f"{REVIEW}/failures", ANNA).body.decode()
    names = ("medium", "source_id", "asset")
    fields = {name: re.findall(rf'name="{name}" value="([^"]+)"', page)[0] for name in names}
    assert sent(ui, f"{REVIEW}/retry", BEN, **fields).status == 403
    run = run_of(ui, sent(ui, f"{REVIEW}/retry", **fields))

    assert (run.status, run.tags["user"]) == (dg.DagsterRunStatus.QUEUED, "anna")
    assert run.asset_selection
    assert dg.AssetKey(["image", fields["asset"]]) in run.asset_selection
    assert sent(ui, f"{REVIEW}/retry", **{**fields, "source_id": "x"}).status == 404


def test_one_button_makes_again_what_one_cause_made_old(ui: GuardedUi) -> None:
    page = ui.request("GET", f"{REVIEW}/stale", ANNA).body.decode()
    names = ("medium", "asset", "gap", "why")
    found = {name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in names}
    place = found["asset"].index("dominant_colors")
    fields = {name: html.unescape(found[name][place]) for name in names}
    assert f"{2 * PAIRS + 4} results" in page
    run = run_of(ui, sent(ui, f"{REVIEW}/stale/run", **fields))

    assert run.tags["user"] == "anna"
    assert run.asset_selection
    assert dg.AssetKey(["image", "dominant_colors"]) in run.asset_selection
    assert dg.AssetKey(["image", "thumbnails"]) not in run.asset_selection
    assert sent(ui, f"{REVIEW}/stale/run", **{**fields, "why": "the moon"}).status == 404
