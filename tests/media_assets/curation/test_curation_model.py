"""Models, people and preferences in any order, against a model of what must count."""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dbt_like_sql.models import build_views
from media_assets.curation.human_record import Edit, edit_record
from media_assets.curation.preference import Preference, prefer
from media_assets.execution.derivative_rows import table_schema
from media_assets.execution.plans import Mode, Order, plan_source, read_known
from media_assets.images.catalogue_record import CatalogueRecord
from media_assets.media import image_recipes
from media_assets.tables import declare_tables
from resources.configuration.media_home import MediaHome
from resources.rows.row_envelope import asserted_envelope
from resources.rows.row_store import RowStore
from resources.sources.source_rows import ORIGINAL
from resources.warehouse.database_file import reading
from resources.warehouse.live_views import publish_live_views

IMAGE = "a-000000000000"
PEOPLE = st.sampled_from(["ada", "bo"])
TEXTS = st.sampled_from(["one", "two", "three"])
CHOSEN = "select version, is_preferred from stg_curation__chosen_versions where asset = 'caption'"


class Curation(RuleBasedStateMachine):
    """One image. A caption is written again and again; people edit and choose."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.home = MediaHome(Path(self.folder.name))
        self.home.create()
        self.store = RowStore(self.home.rows)
        declare_tables(self.store)
        original = dict.fromkeys(ORIGINAL.schema) | {
            "image_id": IMAGE,
            "sha256": "0" * 64,
            "file_name": "a.jpg",
            "mode": "move",
            "path": b"originals/a",
            "role": "image",
        }
        self.append(ORIGINAL.name, original, ORIGINAL.schema)
        self.versions: list[tuple[str, str | None]] = []  # name -> caption, None when it failed
        self.preferred: str | None = None
        self.human: dict[str, str | None] = {}

    def teardown(self) -> None:
        """SQL chooses the same version as the execution; nothing that was written is gone."""
        publish_live_views(self.home, self.store, build_views, "1")
        with reading(self.home.live) as connection:
            found = connection.execute(CHOSEN).fetchall()
            kept = connection.execute("select count(*) from image_history.caption").fetchall()
        name, _ = self.counting()
        assert found == ([(name, self.preferred is not None)] if name else [])
        assert kept == [(len(self.versions),)]
        self.folder.cleanup()

    def append(self, table: str, row: dict[str, Any], schema: pl.Schema) -> str:
        frame = pl.DataFrame([row], schema=schema)
        return self.store.append(table, frame, run_id="run", producer={"made_by": "test"})

    def counting(self) -> tuple[str | None, str | None]:
        """The version of the caption that must count, and what it says."""
        usable = [version for version in self.versions if version[1] is not None]
        chosen = [version for version in usable if version[0] == self.preferred]
        return (chosen or usable[-1:] or [(None, None)])[0]

    @rule(text=st.one_of(st.none(), TEXTS))
    def a_model_writes(self, text: str | None) -> None:
        """A version with the same fingerprint as all others, or a failure."""
        schema = table_schema(image_recipes()["caption"])
        row = {
            **dict.fromkeys(schema),
            **asserted_envelope("model", image_id=IMAGE, fingerprint="f" * 64),
            "outcome": "ok" if text else "failed",
            "caption": text,
            "attempts": 1,
        }
        seq = self.append("image/caption", row, schema)
        self.versions.append((f"{seq}-0", text))

    @rule(field=st.sampled_from(["caption", "title"]), text=TEXTS, who=PEOPLE)
    def somebody_edits(self, field: str, text: str, who: str) -> None:
        edit_record(self.home, IMAGE, Edit({field: [text]}, who))
        self.human[field] = text

    @rule(field=st.sampled_from(["caption", "title"]), who=PEOPLE)
    def somebody_deletes(self, field: str, who: str) -> None:
        edit_record(self.home, IMAGE, Edit({field: None}, who))
        self.human[field] = None

    @precondition(lambda self: any(text for _, text in self.versions))
    @rule(data=st.data())
    def somebody_prefers(self, data: st.DataObject) -> None:
        usable = [name for name, text in self.versions if text]
        self.preferred = data.draw(st.sampled_from(usable))
        prefer(self.store, Preference(IMAGE, "caption", self.preferred, "ada"))

    @rule()
    def somebody_wants_the_newest(self) -> None:
        self.preferred = None
        prefer(self.store, Preference(IMAGE, "caption", None, "bo"))

    @invariant()
    def the_record_says_what_must_count(self) -> None:
        today = image_recipes()["catalogue_record"].today()
        known = read_known([today], self.store, [IMAGE])
        plan = plan_source(Order(today, Mode.UPDATE), self.home, known[IMAGE], IMAGE)
        assert plan.to_make is not None
        task = plan.to_make()
        record = task.make(task.source, **task.inputs)
        assert isinstance(record, CatalogueRecord)
        version, text = self.counting()
        assert record.caption == self.human.get("caption", text)
        assert record.title == self.human.get("title")
        assert plan.inputs.get("caption") == version


TestCuration = Curation.TestCase
TestCuration.settings = settings(
    max_examples=8,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
