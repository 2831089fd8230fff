"""Texts without a declared encoding, and texts cut inside a letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.metadata.text_encoding import decode_8bit, utf8_read_as_8bit


def test_text_without_encoding_is_utf8_or_else_windows_1252() -> None:
    assert decode_8bit("Zürich".encode()) == "Zürich"
    assert decode_8bit("Zürich €".encode("cp1252")) == "Zürich €"
    assert decode_8bit(b"\x81\x81") == "\x81\x81"


@pytest.mark.parametrize(
    "text", ["Ярмарок на площі", "東京の祭り", "Straßenfest in Zürich", "👩‍🚀 party"]
)
def test_a_text_cut_at_any_byte_keeps_its_whole_letters(text: str) -> None:
    raw = text.encode()
    for end in range(len(raw) // 2, len(raw)):
        assert (
            decode_8bit(raw[:end] + b"\0  ").rstrip()
            == raw[:end].decode("utf-8", "ignore").rstrip()
        )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Going down the Stra\xc3", "Going down the Stra"),
        (b"He said now\xe2\x80", "He said now"),
        (b"tag \xe6\x9d", "tag"),
        ("un café".encode("cp1252"), "un café"),
        ("CAFÉ".encode("cp1252"), "CAFÉ"),
        ("IRMÃ".encode("cp1252"), "IRMÃ"),
        ("«café»".encode("cp1252"), "«café»"),
        ("voilà…".encode("cp1252"), "voilà…"),
        ("au café…".encode("cp1252"), "au café…"),
        ("Señorita Peña".encode("cp1252"), "Señorita Peña"),
    ],
)
def test_half_a_letter_is_told_from_the_end_of_a_word_in_windows_1252(
    raw: bytes, text: str
) -> None:
    assert decode_8bit(raw).rstrip() == text


def test_one_bad_byte_does_not_turn_the_other_letters_to_garbage() -> None:
    assert decode_8bit("Straßen".encode() + b"\xff" + "für alle".encode()) == (
        "Straßen\N{REPLACEMENT CHARACTER}für alle"
    )


@given(st.text())
def test_utf8_that_was_read_as_8bit_is_put_right(text: str) -> None:
    read_wrongly = text.encode("utf-8", "surrogatepass").decode("latin-1")
    assert utf8_read_as_8bit(read_wrongly).rstrip("\0 ") == decode_8bit(
        read_wrongly.encode("latin-1")
    ).rstrip("\0 ")


def test_8bit_text_that_is_no_utf8_stays() -> None:
    assert utf8_read_as_8bit("Zürich €") == "Zürich €"
    assert utf8_read_as_8bit("東京") == "東京"


@given(st.binary())
def test_no_bytes_break_it(raw: bytes) -> None:
    assert isinstance(decode_8bit(raw), str)
