import base64

import pytest

from resources.metadata.exiftool_answers import plain_value, reading_of
from resources.metadata.tags import MetadataReading


@pytest.mark.parametrize(
    ("answer", "reading"),
    [
        (b"", MetadataReading({}, ("exiftool finds nothing to read in it",))),
        (
            b'[{"ExifTool:Warning": "[minor] odd", "IFD0:Make": "Caf\xc3\x83\xc2\xa9"}]',
            MetadataReading({"IFD0:Make": "Café"}),
        ),
        (
            b'[{"ExifTool:Warning": "Bad IFD0", "XMP-dc:Title": "\\ud800\xff", "A:B": 1e999}]',
            MetadataReading(
                {"XMP-dc:Title": "\ud800\ufffd", "A:B": "1e999"}, ("exiftool: Bad IFD0",)
            ),
        ),
    ],
    ids=["nothing", "minor warning", "warning and broken text"],
)
def test_answers_are_taken_with_tolerance(answer: bytes, reading: MetadataReading) -> None:
    assert reading_of(answer) == reading


def test_a_text_in_base64_is_text_and_a_picture_a_digest() -> None:
    """exiftool's JSON has base64 for a text that was cut inside a letter, too."""
    cut = "base64:" + base64.b64encode("Площа".encode()[:-1]).decode()
    assert plain_value("IPTC:City", cut) == "Площ"
    assert plain_value("XMP-dc:Subject", [cut, "x"]) == ["Площ", "x"]
    preview = plain_value("IFD1:ThumbnailImage", "base64:/9j/")
    assert isinstance(preview, dict)
    assert preview["size_bytes"] == 3
