"""Originals that are sent: the bytes of the file itself, never of one that a link leads to."""

import io
import time
import zipfile
from pathlib import Path

import pytest

from resources.sources.originals import ChangedOriginal, Source
from tests.support.exchanges import exchange
from web.gallery.files.originals import OpenFileResponse, Original
from web.gallery.files.zip_stream import Entry, zipped


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """An original of an archive; a link beside its folder leads to a private file of its name."""
    for folder, content in (("archive/album", b"picture"), ("private", b"private")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.jpg").write_bytes(content)
    (tmp_path / "archive/link").symlink_to(tmp_path / "private")
    path = bytes(tmp_path / "archive/album/a.jpg")
    return Source("a", "0" * 64, "a.jpg", path, tmp_path / "home", size_bytes=7)


def test_a_zip_file_holds_the_bytes_date_and_mode_of_each_file(source: Source) -> None:
    content = b"".join(zipped([Entry("one.jpg", source), Entry("two.jpg", source)]))

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.read("two.jpg") == b"picture"
        assert archive.infolist()[0].date_time[:3] == time.localtime()[:3]


def test_no_original_is_sent_through_a_folder_that_became_a_link(
    source: Source, tmp_path: Path
) -> None:
    """The private file has the size of the original, too."""
    exchange(tmp_path / "archive/album", tmp_path / "archive/link")

    assert not Original("a", "a.jpg", source, 7).is_there
    with pytest.raises(OSError, match="symbolic link"):
        list(zipped([Entry("a.jpg", source)]))


def test_what_is_being_sent_is_the_file_that_was_opened(source: Source, tmp_path: Path) -> None:
    response = OpenFileResponse(source.opened(), "a.jpg")
    exchange(tmp_path / "archive/album", tmp_path / "archive/link")

    with response.file:
        assert Path(response.path).read_bytes() == b"picture"


def test_a_file_of_another_size_is_not_sent(source: Source, tmp_path: Path) -> None:
    (tmp_path / "archive/album/a.jpg").write_bytes(b"grown" * 1000)

    with pytest.raises(ChangedOriginal):
        source.opened()
