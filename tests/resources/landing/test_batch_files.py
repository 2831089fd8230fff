"""batch.toml and batch.json: what they give their batch, and what becomes of broken ones."""

from pathlib import Path
from typing import Any

import pytest

from resources.configuration.settings import LandingRoot
from resources.landing.batch_files import BATCH_FILE
from resources.landing.batch_terms import MAX_BATCH_FILE_BYTES, BadBatchFile, terms_in
from resources.rows.row_store import RowStore
from resources.sources.purposes import PURPOSE, no_longer_want, purposes_of

TOML = b"""
title = "Our days"
purposes = ["production"]
priority = "instant"

[metadata]
client = "Osaka"
taken = 2026-01-02
"""


def purposes(landing: Any) -> dict[str, list[str]]:
    """File name -> purposes besides viewing."""
    names = dict(landing.originals.select("image_id", "file_name").iter_rows())
    found = purposes_of(RowStore(landing.settings.media_home.rows), list(names))
    return {names[one]: sorted(found[one] - {"viewing"}) for one in names}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("batch.toml", TOML),
        (
            "batch.json",
            (
                b'{"title": "Our days", "purposes": ["production"], "priority": "instant",'
                b' "metadata": {"client": "Osaka", "taken": "2026-01-02"}}'
            ),
        ),
    ],
)
def test_a_file_tells_of_its_batch_and_is_no_picture(
    landing: Any, name: str, content: bytes
) -> None:
    landing.drop(f"days/{name}", content)
    landing.drop("days/deep/a.jpg", b"a")
    landing.drop("other/b.jpg", b"b")

    landing.settle()

    assert purposes(landing) == {"a.jpg": ["production"], "b.jpg": []}
    (row,) = landing.rows(BATCH_FILE).to_dicts()
    assert (row["batch"], row["title"], row["priority"]) == ("days", "Our days", "instant")
    assert row["metadata"] == '{"client": "Osaka", "taken": "2026-01-02"}'
    assert row["content"].encode() == content
    assert landing.rows(PURPOSE)["decided_by"].to_list() == ["the file of batch days"]
    assert landing.look().waiting_count == 0
    assert landing.left == []


def test_a_later_file_counts_for_the_pictures_that_are_there(landing: Any) -> None:
    landing.drop("days/a.jpg", b"a")
    landing.settle()
    assert purposes(landing) == {"a.jpg": []}

    landing.drop("days/batch.toml", b'purposes = ["production", "restoration"]')
    landing.settle()
    assert purposes(landing) == {"a.jpg": ["production", "restoration"]}

    landing.drop("days/batch.toml", b'purposes = ["restoration"]')
    landing.drop("days/c.jpg", b"c")
    landing.settle()
    assert purposes(landing) == {"a.jpg": ["restoration"], "c.jpg": ["restoration"]}


def test_a_changed_title_takes_back_no_persons_word(make_landing: Any) -> None:
    landing = make_landing(mode="reference")
    landing.drop("days/batch.toml", b'purposes = ["production"]')
    landing.drop("days/a.jpg", b"a")
    landing.settle()
    rows = RowStore(landing.settings.media_home.rows)
    no_longer_want(rows, landing.originals["image_id"].to_list(), {"production"}, by="ana")

    landing.drop("days/batch.toml", b'title = "x"\npurposes = ["production"]')
    landing.settle()
    landing.settle()

    assert purposes(landing) == {"a.jpg": []}
    assert landing.rows(BATCH_FILE)["title"].to_list() == [None, "x"]


def test_a_broken_file_is_told_of_and_the_pictures_are_taken_all_the_same(landing: Any) -> None:
    landing.drop("days/batch.toml", b'purposes = ["printing"]')
    landing.drop("days/a.jpg", b"a")
    found = landing.settle()

    assert purposes(landing) == {"a.jpg": []}
    assert any("not used: purposes" in str(problem) for problem in found.problems)
    ((state, path, reason),) = landing.left_out
    assert (state, path) == ("unreadable", "days/batch.toml")
    assert "'production'" in reason

    landing.drop("days/batch.toml", b'purposes = ["production"]')
    landing.settle()
    assert purposes(landing) == {"a.jpg": ["production"]}
    assert landing.left_out == set()


def test_a_file_that_is_too_large_is_not_read(landing: Any) -> None:
    landing.drop("days/batch.toml", b"#" * (MAX_BATCH_FILE_BYTES + 1))
    landing.settle()
    ((state, _, reason),) = landing.left_out
    assert state == "too_large"
    assert "for a file about a batch" in reason


def test_settings_and_landing_roots_say_it_where_no_file_does(
    make_landing: Any, tmp_path: Path
) -> None:
    landing = make_landing(purposes=frozenset({"preservation"}))
    landing.drop("days/a.jpg", b"a")
    landing.settle()
    assert purposes(landing) == {"a.jpg": ["preservation"]}

    root = LandingRoot(
        name="archive", path=tmp_path / "archive", purposes=frozenset({"restoration"})
    )
    landing.settings = landing.settings.model_copy(update={"landing_roots": (root,)})
    landing.drop("later/b.jpg", b"b")
    landing.settle()
    assert purposes(landing) == {"a.jpg": ["preservation"], "b.jpg": ["restoration"]}


@pytest.mark.parametrize(
    ("content", "form", "reason"),
    [
        (b"title = ", "toml", "it is no TOML"),
        (b"{", "json", "it is no JSON"),
        (b"[1]", "json", "it must hold names and values"),
        (b"\xff\xfe", "toml", "not text in UTF-8"),
        (b'tenant = "x"', "toml", "tenant: not known; there are purposes"),
        (b'title = "' + b"x" * 301 + b'"', "toml", "title: "),
        (b"a = " + b"[" * 30_000, "toml", "nested too deeply|it is no TOML"),
        (b'{"metadata": ' + b"[" * 30_000, "json", "nested too deeply|it is no JSON"),
        (b"[metadata]\nweight = nan", "toml", "metadata"),
    ],
    ids=["toml", "json", "list", "bytes", "unknown", "long", "deep toml", "deep json", "nan"],
)
def test_what_is_wrong_is_said_in_words(content: bytes, form: str, reason: str) -> None:
    with pytest.raises(BadBatchFile, match=reason) as found:
        terms_in(content, form)
    assert len(str(found.value)) < 200


def test_a_title_cannot_move_the_cursor_or_turn_the_reading_direction() -> None:
    terms = terms_in(b'{"title": "a\\u202e\\u001b[2Jb"}', "json")
    assert terms.title == "a\\u202e\\u001b[2Jb"
