"""Keys and display names made from names that nobody vetted."""

import hashlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.sources.source_identity import (
    batch_name,
    display_name,
    make_source_id,
    safe_suffix,
    slug,
)

SHA256 = hashlib.sha256(b"a picture").hexdigest()
RAW_NAMES = st.binary(min_size=1, max_size=255) | st.text(min_size=1).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


@given(RAW_NAMES)
def test_any_name_gives_a_key_that_every_tool_accepts(name: bytes) -> None:
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,39}-[0-9a-f]{12}", make_source_id(name, SHA256))


@given(RAW_NAMES)
def test_a_displayed_name_is_one_harmless_line(name: bytes) -> None:
    shown = display_name(name)

    shown.encode("utf-8")
    categories = {unicodedata.category(letter) for letter in shown if letter not in "\u200c\u200d"}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(shown.splitlines()) <= 1


@given(RAW_NAMES)
def test_a_batch_name_is_short_and_never_empty(name: bytes) -> None:
    assert 1 <= len(batch_name(name)) <= 80


@given(RAW_NAMES)
def test_a_suffix_is_plain_or_absent(name: bytes) -> None:
    assert re.fullmatch(r"(\.[a-z0-9]{1,8})?", safe_suffix(name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Holiday 001.JPG", "holiday-001"),
        ("Straße über Łódź.png", "strasse-uber-lodz"),
        ("写真.jpg", "image"),
        ("--[n=-1]--.jpg", "n-1"),
        ("x" * 251 + ".jpg", "x" * 40),
        ("a.tar.gz", "a-tar"),
    ],
)
def test_the_readable_half_of_a_key_keeps_what_it_can(name: str, expected: str) -> None:
    assert slug(name.encode()) == expected


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"caf\xe9.jpg", r"caf\xe9.jpg"),
        (b"two\nlines\x1b[31m.jpg", r"two\nlines\x1b[31m.jpg"),
        ("\u202egpj.exe".encode(), r"\u202egpj.exe"),
        ("Grüße 写真.jpg".encode(), "Grüße 写真.jpg"),
        ("👨\u200d👩.png".encode(), "👨\u200d👩.png"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(raw: bytes, shown: str) -> None:
    assert display_name(raw) == shown


def test_a_clash_of_the_hash_part_makes_it_longer() -> None:
    """12 hex digits are 48 bits: among a million images a clash has a chance of 1 in 560."""
    near = SHA256[:12] + "0" * 52
    nearer = SHA256[:18] + "0" * 46

    assert make_source_id(b"a.jpg", SHA256, [near]) == f"a-{SHA256[:16]}"
    assert make_source_id(b"a.jpg", SHA256, [near, nearer]) == f"a-{SHA256[:20]}"
    assert make_source_id(b"a.jpg", SHA256, [SHA256]) == f"a-{SHA256[:12]}"
