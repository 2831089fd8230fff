"""``/metrics``: what Prometheus reads, behind the login, with labels that strangers cannot add."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.guarded_ui import GuardedUi, guarded_ui
from tests.support.main_job import copy_home
from tests.web.gallery.conftest import users_of
from tests.web.health.conftest import VIEWER, beat


@pytest.fixture(scope="module")
def pages(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """The pages over a finished batch of four pictures."""
    home = copy_home(finished_home, tmp_path_factory.mktemp("pages") / "home")
    with guarded_ui(users_of(home)) as running:
        yield running


def samples(ui: GuardedUi) -> dict[str, dict[tuple[str, ...], float]]:
    """Name -> the values of its labels, in the order of their names -> what was measured."""
    answer = ui.request("GET", "/metrics", VIEWER)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        for one in family.samples:
            labels = tuple(one.labels[name] for name in sorted(one.labels))
            found.setdefault(one.name, {})[labels] = one.value
    return found


def test_everything_is_measured_once_it_is_published(pages: GuardedUi) -> None:
    beat(pages, seconds_ago=20)

    found = samples(pages)

    assert found["media_sources"] == {("image", "ok"): 4}
    assert found["media_derivatives"]["thumbnails", "image", "ok"] == 4
    assert found["media_stored_bytes"]["", "original", "image"] > 0
    assert 19 < found["media_heartbeat_age_seconds"]["SENSOR",] < 60
    assert found["media_part_works"]["daemon",] == 1
    assert found["media_disk_free_bytes"][()] > found["media_disk_room_bytes"][()]
    assert found["media_publication_seconds"][()] > 0
    assert found["media_published_timestamp_seconds"][()] > 1e9
    assert found["media_notifications"] == {("waiting",): 0, ("given_up",): 0}
    assert found["process_resident_memory_bytes"][()] > 0


def test_requests_are_counted_by_few_labels_whatever_is_asked_for(pages: GuardedUi) -> None:
    for number in range(20):
        pages.request("GET", f"/made-up-{number}", VIEWER)
        pages.request(f"VERB{number}", "/gallery", VIEWER)

    found = samples(pages)["media_http_requests_total"]

    assert found["other", "gallery", "4xx"] == 20
    assert {labels[1] for labels in found} <= {
        *("gallery", "api", "graphql", "health", "metrics", "dagster")
    }
    assert samples(pages)["media_http_request_seconds_count"]["metrics",] >= 1


def test_strangers_measure_nothing(pages: GuardedUi) -> None:
    assert pages.request("GET", "/metrics").status == 401
    assert pages.request("POST", "/metrics", {**VIEWER, "Content-Type": "text/plain"}).status == 403


def test_every_answer_names_its_request(pages: GuardedUi) -> None:
    first, second = (pages.request("GET", "/health/live").headers["X-Request-Id"] for _ in "ab")
    given = pages.request("GET", "/health/live", {"X-Request-Id": "from-the-proxy"})
    hostile = pages.request("GET", "/health/live", {"X-Request-Id": "{}\u00e9" + "x" * 99})

    assert len({first, second}) == 2
    assert given.headers["X-Request-Id"] == "from-the-proxy"
    assert len(hostile.headers["X-Request-Id"]) == 32


def test_without_a_publication_the_rest_is_measured(ui: GuardedUi) -> None:
    found = samples(ui)

    assert "media_sources" not in found
    assert found["media_disk_free_bytes"][()] > 0
