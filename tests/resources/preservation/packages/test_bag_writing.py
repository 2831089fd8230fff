"""A package is a bag that others accept, with the same bytes every time."""

import io
import zipfile
from pathlib import Path

import bagit
import pytest

from resources.preservation.packages.bag_writing import ChangedFile, NewBag, PayloadFile, document

FILES = [document("dunes-0123456789ab/original.png", b"picture"), document("a/b.txt", b"")]
INFO = {"External-Identifier": "dunes"}


def written(bag: NewBag) -> bytes:
    file = io.BytesIO()
    bag.write(file)
    return file.getvalue()


def test_the_library_of_congress_finds_a_valid_bag(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(written(NewBag("dunes", FILES, INFO)))) as archive:
        archive.extractall(tmp_path)

    bag = bagit.Bag(str(tmp_path / "dunes"))

    bag.validate()
    assert bag.version_info == (1, 0)
    assert bag.info == {"External-Identifier": "dunes", "Payload-Oxum": "7.2"}
    assert set(bag.payload_files()) == {f"data/{one.name}" for one in FILES}
    (tmp_path / "dunes" / "data" / "a" / "b.txt").write_bytes(b"x")
    assert not bag.is_valid()


def test_the_same_files_give_the_same_bytes_in_whatever_order_they_come() -> None:
    first = written(NewBag("dunes", FILES, INFO))

    assert written(NewBag("dunes", FILES[::-1], INFO)) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        entries = archive.infolist()
    assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {one.compress_type for one in entries} == {zipfile.ZIP_STORED}


def test_a_package_that_is_there_is_known_again() -> None:
    file = io.BytesIO(written(NewBag("dunes", FILES, INFO)))

    assert NewBag("dunes", FILES, INFO).is_in(file)
    assert not NewBag("dunes", FILES[:1], INFO).is_in(file)
    assert not NewBag("dunes", FILES, {}).is_in(file)
    other = [document(one.name, b"PICTURE" if one.size_bytes else b"") for one in FILES]
    assert not NewBag("dunes", other, INFO).is_in(file)


@pytest.mark.parametrize("found", [b"Picture", b"pictur", b"picture and more", b""])
def test_a_file_that_is_not_what_was_recorded_is_never_packed(found: bytes) -> None:
    recorded = FILES[0]
    changed = PayloadFile(
        recorded.name, recorded.sha256, recorded.size_bytes, lambda: io.BytesIO(found)
    )

    with pytest.raises(ChangedFile, match="no longer those whose SHA-256 was recorded"):
        written(NewBag("dunes", [changed], INFO))
