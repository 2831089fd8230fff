"""The pages over four small pictures, and over pictures whose texts are an attack."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from dbt_like_sql.published_tables import make_published_tables
from media_assets.curation.human_record import Edit, edit_record
from resources.configuration.settings import Settings
from resources.warehouse.warehouse_resource import WarehouseResource
from tests.support.guarded_ui import GuardedUi, guarded_ui
from tests.support.main_job import copy_home
from tests.support.synthetic_rows import PAYLOADS, SyntheticHome
from web.guard.roles import Role
from web.guard.users import WebUsers

HOSTILE = "\"'><script>document.title='attacked'</script><img src=x onerror=alert(1)>{{7*7}}\u202e"
SIZE = {"width_px": 400, "height_px": 300}
BOX = {"left": 10, "top": 20, "right": 100, "bottom": 50}
BLOCK = {**BOX, "lines": [{"text": HOSTILE, "confidence": 0.9, **BOX}]}
HOSTILE_METADATA = {
    "title": HOSTILE,
    "keywords": [HOSTILE],
    "city": HOSTILE,
    "camera_make": HOSTILE,
    "latitude": 46.36,
    "longitude": 14.09,
}
PLAIN = "0.jpg"
"""Its id is a usual one: the guard refuses addresses with control characters."""

NAMES = [PLAIN, *(f"{number}-{HOSTILE.replace('/', '_')}.jpg" for number in range(1, 4))]


def users_of(home: Path) -> Settings:
    """Settings of a home where anna is an editor and ben a viewer."""
    settings = Settings(home=home)
    users = WebUsers(settings.media_home)
    users.add("anna", "an editor's password", Role.EDITOR)
    users.add("ben", "a viewer's password", Role.VIEWER)
    return settings


def publish(media: SyntheticHome) -> None:
    """Make media.duckdb of the rows."""
    tables = make_published_tables([dg.AssetKey(["image", asset]) for asset in PAYLOADS])
    home = str(media.home.root)
    dg.materialize([tables], resources={"warehouse": WarehouseResource(home=home)})


def make_hostile_home(root: Path) -> SyntheticHome:
    """Pictures whose names, titles and keywords are markup; their files do not exist."""
    media = SyntheticHome(root)
    media.declare_recipes()
    ids = media.land(HOSTILE.replace("/", "_"), *NAMES)
    media.finish(ids)
    for one in ids:
        media.result("embedded_metadata", one, **HOSTILE_METADATA)
        media.result("caption", one, caption=HOSTILE)
        media.result("ocr_text", one, text=HOSTILE, rotation=0, blocks=[BLOCK], **SIZE)
        media.result("source_record", one, reason=HOSTILE, **SIZE)
        edit_record(media.home, one, Edit({"title": [HOSTILE]}, HOSTILE, HOSTILE))
    publish(media)
    return media


@pytest.fixture(scope="session")
def pages(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """The pages over a finished batch of four pictures; the home that others copy has no users."""
    home = copy_home(finished_home, tmp_path_factory.mktemp("pages") / "home")
    with guarded_ui(users_of(home)) as running:
        yield running


@pytest.fixture(scope="session")
def hostile_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """The pages over pictures whose texts are an attack."""
    root = tmp_path_factory.mktemp("hostile") / "home"
    make_hostile_home(root)
    with guarded_ui(users_of(root)) as running:
        yield running


@pytest.fixture
def open_pages(settings: Settings) -> Iterator[GuardedUi]:
    """The pages of a home in which nothing has happened, without users."""
    with guarded_ui(settings) as running:
        yield running
