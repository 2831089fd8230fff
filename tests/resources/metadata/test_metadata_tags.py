import json

from resources.metadata.tags import (
    DEEPEST,
    LARGEST_JSON_BYTES,
    LONGEST_LIST,
    LONGEST_TEXT,
    TagValue,
    bounded_tags,
    bounded_value,
    clean_text,
    text_or_digest,
)


def test_control_characters_go_and_letters_of_all_scripts_stay() -> None:
    assert clean_text(" a\x00b\x1b[31m\r\n東京 👩‍🚀\x9f ") == "ab[31m\n東京 👩‍🚀"


def test_half_characters_become_replacement_characters() -> None:
    """A lone surrogate in exiftool's JSON could not be written to any UTF-8 file."""
    assert clean_text("a\ud800b") == "a\N{REPLACEMENT CHARACTER}b"


def test_letters_are_composed_as_people_type_them() -> None:
    """macOS and some programs write "ü" in two parts; nobody searches for it so."""
    assert clean_text("U\u0308berfahrt nach Fo\u0308hr") == "Überfahrt nach Föhr"


def test_bytes_that_are_text_with_half_a_letter_are_text_and_others_a_digest() -> None:
    assert text_or_digest("Площа".encode()[:-1]) == "Площ"
    assert text_or_digest(b"tab\tand \x01 control") == "tab\tand \x01 control"
    digest = text_or_digest(b"\xff\x00\x01\x02")
    assert isinstance(digest, dict)
    assert digest["size_bytes"] == 4


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
