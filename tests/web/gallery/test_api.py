"""The JSON API keeps what its OpenAPI document says, for requests that schemathesis thinks up.

They go over real connections through the guard. The number of examples suits CI;
``MEDIA_FUZZ_TIMES=50`` tries fifty times as many, new ones each time.
"""

import csv
import io
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.support.guarded_ui import GuardedUi, basic
from web.gallery.contents import api
from web.gallery.grid.facets import FACETS

BEN = basic("ben", "a viewer's password")
TIMES = int(os.environ.get("MEDIA_FUZZ_TIMES", "1"))
PATHS = list(api().openapi()["paths"])
NOT_ANY_TEXT = ("/sql", "/images/{image_id}")
"""What no schema describes: a text that is SQL, a path that the guard lets through."""

WITH_LISTS = ("/images", "/search")
"""A text in place of a list is written in an address as a list of one is, and rightly accepted."""


@pytest.fixture(scope="module")
def described(pages: GuardedUi) -> schemathesis.BaseSchema:
    """The document, as it is served."""
    address = f"http://localhost:{pages.port}/api/openapi.json"
    return schemathesis.openapi.from_url(address, headers=BEN)


def asked(ui: GuardedUi, path: str, **parameters: object) -> Any:
    address = f"{path}?{urlencode(parameters, doseq=True)}"
    return json.loads(ui.request("GET", address, BEN).body)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_as_the_document_says(
    described: schemathesis.BaseSchema, path: str, mode: GenerationMode
) -> None:
    """Wrong passwords are tried elsewhere: here they would lock ben out for a minute."""
    unchecked = [ignored_auth]
    unchecked += [positive_data_acceptance] if path in NOT_ANY_TEXT else []
    unchecked += [negative_data_rejection] if path in WITH_LISTS else []

    @settings(
        max_examples=15 * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(described[path]["GET"].as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=BEN, excluded_checks=unchecked)

    check()


def test_the_document_is_complete(pages: GuardedUi) -> None:
    document = asked(pages, "/api/openapi.json")
    operations = [one["get"] for one in document["paths"].values()]
    named = {one["name"] for one in document["paths"]["/images"]["get"]["parameters"]}

    assert {facet.name for facet in FACETS} | {"sort", "group", "after", "limit"} == named
    assert document["servers"] == [{"url": "/api"}]
    assert all(one["security"] == [{"login": []}] for one in operations)
    assert all(
        {"200", "400", "401", "403", "429", "503"} <= set(o["responses"]) for o in operations
    )
    assert all(one["description"] for one in operations)


@pytest.mark.parametrize("path", PATHS)
def test_the_api_only_reads(pages: GuardedUi, path: str) -> None:
    address = f"/api{path.replace('{image_id}', 'x')}"

    assert pages.request("POST", address, BEN).status == 405
    assert pages.request("DELETE", address, BEN).status == 405


def test_a_misspelled_filter_is_refused_and_not_ignored(pages: GuardedUi) -> None:
    answer = pages.request("GET", "/api/images?yeer=2024", BEN)

    assert answer.status == 422
    assert b"yeer" in answer.body


def test_the_pages_of_a_search_lead_through_all_hits_once(pages: GuardedUi) -> None:
    whole = asked(pages, "/api/search", q="picture")
    seen: list[str] = []
    following: Mapping[str, str] = {}
    while following is not None:
        found = asked(pages, "/api/search", q="picture", limit=3, **following)
        seen += [hit["image"]["image_id"] for hit in found["items"]]
        following = {"after": found["next"]} if found["next"] else None

    assert seen == [hit["image"]["image_id"] for hit in whole["items"]]
    assert len(set(seen)) == whole["total"] == 4
    assert "file name" in whole["items"][0]["why"]
    assert pages.request("GET", "/api/search?q=picture&after=x", BEN).status == 404


def test_tables_come_with_what_they_are_for_and_their_columns(pages: GuardedUi) -> None:
    tables = {one["name"]: one for one in asked(pages, "/api/tables")}
    images = tables["images"]

    assert images["grain"] == "one row per accepted source image that is not superseded."
    assert {"name": "image_id", "type": "varchar"} in images["columns"]
    assert tables["image.caption"]["history"] == "image_history.caption"
    assert all(one["description"] and one["columns"] for one in tables.values())
    assert not any(name.startswith(("stg_", "publication")) for name in tables)


def test_a_query_is_answered_as_json_csv_and_parquet(pages: GuardedUi) -> None:
    query = "select 1 as one, '=1+1' as formula, 'nan'::double as none, date '2024-05-14' as day"
    found = asked(pages, "/api/sql", q=query)
    address = f"/api/sql?{urlencode({'q': query, 'format': 'csv'})}"
    text = pages.request("GET", address, BEN)
    parquet = pages.request("GET", address.replace("format=csv", "format=parquet"), BEN)

    assert found["rows"] == [[1, "=1+1", "NaN", "2024-05-14"]]
    assert found["columns"][3] == {"name": "day", "type": "date"}
    (record,) = csv.DictReader(io.StringIO(text.body.decode()))
    assert (record["formula"], record["day"]) == ("'=1+1", "2024-05-14")
    assert pl.read_parquet(parquet.body)["one"].to_list() == [1]


@pytest.mark.parametrize(
    "query",
    ["delete from images", "from read_text('/etc/passwd')", "select getenv('HOME')", "select", ";"],
)
def test_sql_that_is_more_than_a_question_is_refused_with_a_reason(
    pages: GuardedUi, query: str
) -> None:
    answer = pages.request("GET", f"/api/sql?{urlencode({'q': query})}", BEN)

    assert answer.status == 400
    assert len(json.loads(answer.body)["detail"]) > 20
