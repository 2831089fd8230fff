"""The JSON API keeps what its OpenAPI document says, for requests that schemathesis thinks up.

They go over real connections through the guard. The number of examples suits CI;
``MEDIA_FUZZ_TIMES=50`` tries fifty times as many, new ones each time.
"""

import json
import os
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.support.guarded_ui import GuardedUi, basic

BEN = basic("ben", "a viewer's password")
TIMES = int(os.environ.get("MEDIA_FUZZ_TIMES", "1"))


@pytest.fixture(scope="module")
def described(pages: GuardedUi) -> schemathesis.BaseSchema:
    """The document, as it is served."""
    return schemathesis.openapi.from_url(
        f"http://localhost:{pages.port}/api/openapi.json", headers=BEN
    )


API = schemathesis.pytest.from_fixture("described")


@API.parametrize()
@settings(
    max_examples=15 * TIMES,
    derandomize=TIMES == 1,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_says(case: schemathesis.Case) -> None:
    case.call_and_validate(headers=BEN)
