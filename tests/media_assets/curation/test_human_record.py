"""Edits add up, whoever makes them and whenever; none is ever lost or overwritten."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from media_assets.curation.human_record import (
    HUMAN_RECORD,
    Edit,
    HumanRecord,
    current_record,
    edit_record,
)
from resources.configuration.media_home import MediaHome
from resources.metadata.catalogue_fields import FIELDS, FieldError, typed_values
from resources.rows.row_store import RowStore
from tests.support.child_processes import started

KILLED_IN_THE_COMMIT = """
import os, signal, sys
from pathlib import Path
from media_assets.curation.human_record import Edit, edit_record
from resources.configuration.media_home import MediaHome

def die(event, args):
    if event == "os.rename" and args[1].endswith(".parquet") and "_declared" not in args[1]:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die)
edit_record(MediaHome(Path(sys.argv[1])), "a", Edit({"title": ["lost"]}, "ada"))
"""


@pytest.fixture
def home(tmp_path: Path) -> MediaHome:
    home = MediaHome(tmp_path)
    home.create()
    RowStore(home.rows).declare(HUMAN_RECORD)
    return home


def said(home: MediaHome, image_id: str = "a") -> dict[str, list[str] | None]:
    """Field -> what people say now; None for what they removed."""
    record = current_record(RowStore(home.rows), image_id)
    assert isinstance(record, HumanRecord)
    return {one.name: None if one.is_deleted else one.values for one in record.fields}


def test_edits_of_one_image_add_up_and_the_last_of_a_field_counts(home: MediaHome) -> None:
    edit_record(home, "a", Edit({"title": ["one"], "city": ["Bled"]}, "ada"))
    edit_record(home, "b", Edit({"title": ["other"]}, "ada"))
    edit_record(home, "a", Edit({"title": ["two"], "caption": None}, "bo", "why"))

    assert said(home) == {"title": ["two"], "city": ["Bled"], "caption": None}
    assert said(home, "b") == {"title": ["other"]}


def test_each_field_keeps_who_set_it_when_and_why(home: MediaHome) -> None:
    before = datetime.now(UTC)
    edit_record(home, "a", Edit({"title": ["one"]}, "ada", "letter"))
    edit_record(home, "a", Edit({"city": None}, "bo"))

    record = current_record(RowStore(home.rows), "a")

    assert record is not None
    assert (record.changed_fields, record.edited_by, record.note) == (["city"], "bo", None)
    (title, city) = record.fields
    assert (title.edited_by, title.note, city.edited_by, city.is_deleted) == (
        "ada",
        "letter",
        "bo",
        True,
    )
    assert before <= title.edited_at <= city.edited_at <= datetime.now(UTC)


def test_people_who_edit_at_once_all_prevail(home: MediaHome) -> None:
    names = [name for name in FIELDS if FIELDS[name].kind == "text"]

    with ThreadPoolExecutor(len(names)) as people:
        made = list(
            people.map(lambda name: edit_record(home, "a", Edit({name: [name]}, name)), names)
        )

    assert said(home) == {name: [name] for name in names}
    rows = RowStore(home.rows).scan(HUMAN_RECORD.name).collect()
    assert (rows.height, len(set(made))) == (len(names), len(names))


def test_a_killed_edit_has_not_happened_and_stands_in_nobodys_way(home: MediaHome) -> None:
    edit_record(home, "a", Edit({"title": ["kept"]}, "ada"))
    command = [sys.executable, "-c", KILLED_IN_THE_COMMIT, str(home.root)]
    with started(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}) as killed:
        assert killed.wait(timeout=60) == -signal.SIGKILL

    assert said(home) == {"title": ["kept"]}
    edit_record(home, "a", Edit({"city": ["Bled"]}, "bo"))
    assert said(home) == {"title": ["kept"], "city": ["Bled"]}


@pytest.mark.parametrize(
    ("name", "typed", "values"),
    [
        ("title", ["  The\x1b[31m mill\u0000 "], ["The[31m mill"]),
        ("keywords", ["mill; river;", "mill"], ["mill", "river"]),
        ("rating", ["4.0"], ["4"]),
        ("latitude", ["-46.25"], ["-46.25"]),
        ("title", ["one; two"], ["one; two"]),
    ],
)
def test_what_is_typed_becomes_clean_values(name: str, typed: list[str], values: list[str]) -> None:
    assert typed_values(name, typed) == values


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("color", ["red"], "there is no field 'color'"),
        ("title", [" "], "--delete title"),
        ("title", ["one", "two"], "holds one value"),
        ("rating", ["6"], "a whole number from -1 to 5"),
        ("rating", ["4.5"], "a whole number"),
        ("latitude", ["91"], "from -90 to 90"),
        ("longitude", ["nan"], "a number"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_in_words(
    name: str, typed: list[str], message: str
) -> None:
    with pytest.raises(FieldError, match=message):
        typed_values(name, typed)
