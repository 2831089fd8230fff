import pytest

from resources.decoding.decoder_words import FEATURE, in_words, warning_in_words

MESSAGES = {
    "Seek error at scanline 4294967295, strip 0": "its list of where the pixel data are is damaged",
    "not identified by this driver": "its header is damaged",
    "premature end of JPEG image": "the file ends too early",
    "Corrupt JPEG data: premature end of data segment": "the file ends too early",
    "JXL_DEC_NEED_MORE_INPUT": "the file ends too early",
    "Unexpected end of GIF source data": "the file ends too early",
    "image file is truncated (59 bytes not processed)": "the file ends too early",
    "Read error at scanline 224; got 6680 bytes, expected 7680": "the file ends too early",
    "libpng read error": "its pixel data are damaged",
    "decoder error -2": "its pixel data are damaged",
    "Unsupported JPEG data precision 12": FEATURE,
    "Failed to decode image: Not implemented": FEATURE,
    "Old-style JPEG compression support is not configured": FEATURE,
    "XML parse error: Opening and ending tag mismatch": "its XML is not well formed",
    "cannot load more than 1000000 XML elements": (
        "it has more parts than any drawing needs, an attack"
    ),
    "something that no one has ever seen": "its pixel data are damaged",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_decoders_message_is_explained_and_kept(message: str) -> None:
    assert in_words(message) == f"{MESSAGES[message]} ({message})"


def test_a_warning_that_nobody_knows_is_called_one() -> None:
    assert warning_in_words("odd") == "its decoder warns of something unusual (odd)"
    assert warning_in_words("IDAT: CRC error") == "a checksum does not fit (IDAT: CRC error)"
