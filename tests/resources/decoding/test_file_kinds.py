import gzip
import io
import struct
import zipfile

import pytest

from resources.decoding.file_kinds import describe


def archive(*names: str, first: bytes = b"") -> bytes:
    """A ZIP archive with entries of these names; ``first`` is the text of the first one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number, name in enumerate(names):
            file.writestr(name, b"x" if number else first or b"x" * 5000)
    return buffer.getvalue()


CURSOR = struct.pack("<HHHBBBBHHII", 0, 2, 1, 32, 32, 0, 0, 0, 0, 4000, 22) + b"\x28" + b"\0" * 90

KINDS = {
    "a Windows mouse pointer (CUR)": CURSOR,
    "an EPUB book": archive("META-INF/container.xml", "mimetype", "OEBPS/content.opf"),
    "a Word document": archive("word/document.xml", "[Content_Types].xml"),
    "an Excel document": archive("[Content_Types].xml", "xl/workbook.xml"),
    "an OpenDocument file": archive(
        "mimetype", first=b"application/vnd.oasis.opendocument.graphics"
    ),
    "an Android app": archive("AndroidManifest.xml", "classes.dex"),
    "a ZIP archive": archive("DSC_1.JPG", "DSC_2.JPG"),
    "a Canon raw photo (CR3)": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + b"\0" * 90,
    "a Fujifilm raw photo (RAF)": b"FUJIFILMCCD-RAW 0201FF" + b"\0" * 90,
    "an Olympus raw photo (ORF)": b"IIRO\x08\0\0\0" + b"\0" * 90,
    "a QuickTime video (MOV)": b"\0\0\0\x14ftypqt  \0\0\0\0qt  \0\0\0\x08wide",
    "an MP4 video": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 90,
    "an AVI video": b"RIFF\x24\0\0\0AVI LIST" + b"\0" * 40,
    "a Matroska or WebM video": b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1f" + b"\0" * 40,
    "an audio file (MP3)": b"ID3\x03\0\0\0\0\0\0" + b"x" * 90,
    "a GIMP picture (XCF)": b"gimp xcf v011\0" + b"\0" * 90,
    "an OpenEXR picture": b"v/1\x01\2\0\0\0" + b"\0" * 90,
    "a medical picture (DICOM)": b"\0" * 128 + b"DICM" + b"\2\0" * 40,
    "a compressed file (gzip)": gzip.compress(b"x" * 90),
    "a RAR archive": b"Rar!\x1a\x07\x00" + b"x" * 90,
    "a web page (HTML)": b"<!DOCTYPE html>\n<html><body>404</body></html>",
    "an XML file": b'<?xml version="1.0"?>\n<plist/>',
    "an XMP sidecar": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
    "plain text": b"This is what the info pages say.\n" * 9,
    "a Windows program": b"MZ\x90\0\x03" + b"\0" * 90,
    "a folder's settings (.DS_Store of macOS)": b"\0\0\0\1Bud1\0\0\x10\0" + b"\1" * 90,
    "an unknown format": bytes(range(128, 256)) * 9,
    "nothing but zero bytes": b"\0" * 900,
}


@pytest.mark.parametrize("words", KINDS)
def test_a_file_is_called_what_people_call_it(words: str) -> None:
    assert describe(KINDS[words]) == words


def test_text_in_utf_16_is_plain_text() -> None:
    assert describe("Notes of the journey".encode("utf-16")) == "plain text"


def test_an_archive_without_its_end_is_still_one() -> None:
    assert describe(archive("a.jpg", "b.jpg")[:-30]) == "a ZIP archive"


def test_an_epub_without_its_end_is_still_one() -> None:
    content = archive("mimetype", "META-INF/container.xml", first=b"application/epub+zip")
    assert describe(content[:-30]) == "an EPUB book"


def test_a_run_of_equal_bytes_is_no_signature() -> None:
    """puremagic knows embroidery designs by sixteen zero bytes."""
    assert describe(b"\0" * 64 + bytes(range(200, 256))) == "an unknown format"
