import json

from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.tags import (
    DEEPEST,
    LARGEST_JSON_BYTES,
    LONGEST_LIST,
    LONGEST_TEXT,
    TagValue,
    bounded_tags,
    bounded_value,
    clean_text,
    decode_8bit,
    utf8_read_as_8bit,
)


def test_control_characters_go_and_letters_of_all_scripts_stay() -> None:
    assert clean_text(" a\x00b\x1b[31m\r\n東京 👩‍🚀\x9f ") == "ab[31m\n東京 👩‍🚀"


def test_half_characters_become_replacement_characters() -> None:
    """A lone surrogate in exiftool's JSON could not be written to any UTF-8 file."""
    assert clean_text("a\ud800b") == "a\N{REPLACEMENT CHARACTER}b"


def test_text_without_encoding_is_utf8_or_else_windows_1252() -> None:
    assert decode_8bit("Zürich".encode()) == "Zürich"
    assert decode_8bit("Zürich €".encode("cp1252")) == "Zürich €"
    assert decode_8bit(b"\x81") == "\x81"


@given(st.text())
def test_utf8_that_was_read_as_8bit_is_put_right(text: str) -> None:
    read_wrongly = text.encode("utf-8", "surrogatepass").decode("latin-1")
    assert utf8_read_as_8bit(read_wrongly) == decode_8bit(read_wrongly.encode("latin-1"))


def test_8bit_text_that_is_no_utf8_stays() -> None:
    assert utf8_read_as_8bit("Zürich €") == "Zürich €"
    assert utf8_read_as_8bit("東京") == "東京"


def test_texts_lists_and_depth_have_bounds() -> None:
    deep: TagValue = "bottom"
    for _ in range(DEEPEST + 1):
        deep = [deep]
    assert bounded_value("x" * (LONGEST_TEXT + 1)) == "x" * LONGEST_TEXT
    assert bounded_value(list(range(LONGEST_LIST + 1))) == list(range(LONGEST_LIST))
    assert "bottom" not in json.dumps(bounded_value(deep))
    assert "..." in json.dumps(bounded_value(deep))


def test_what_is_beyond_the_largest_json_is_left_out_and_told() -> None:
    reading = bounded_tags({f"XMP-dc:{n}": "x" * 10_000 for n in range(200)})
    assert len(json.dumps(reading.tags)) <= LARGEST_JSON_BYTES
    assert reading.notes == (f"metadata beyond 1 MiB: {200 - len(reading.tags)} tags left out",)
