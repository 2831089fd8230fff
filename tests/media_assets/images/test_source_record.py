import pytest
from PIL import Image

from media_assets.images.source_record import claimed_extension, make_source_record
from resources.configuration.settings import Limits
from resources.decoding import decoding_context
from resources.outcomes import RejectedImage, UnsupportedImage
from tests.media_assets.conftest import MakeSource


def test_a_record_tells_what_the_bytes_are_and_keeps_the_extension_as_a_claim(
    make_source: MakeSource,
) -> None:
    exif = Image.Exif()
    exif[274] = 6
    source = make_source(Image.new("RGB", (40, 30)), "JPEG", name="Scan 1.PNG", exif=exif)
    record = make_source_record(source)
    assert (record.format, record.media_type) == ("jpeg", "image/jpeg")
    assert record.claimed_extension == "png"
    assert (record.width_px, record.height_px, record.orientation) == (30, 40, 6)
    assert (record.bit_depth, record.band_count, record.colour_space) == (8, 3, "rgb")
    assert (record.has_alpha, record.has_icc_profile, record.icc_profile) == (False, False, None)
    assert (record.frame_count, record.decoder) == (1, "libvips")
    assert record.size_bytes == len(source.content())


def test_transparency_and_depth_are_recorded(make_source: MakeSource) -> None:
    record = make_source_record(make_source(Image.new("LA", (8, 8))))
    assert (record.has_alpha, record.band_count, record.colour_space) == (True, 2, "grey")


def test_a_text_called_jpg_is_unsupported(make_source: MakeSource) -> None:
    source = make_source(b"not a picture\n", name="holiday.jpg")
    with pytest.raises(UnsupportedImage, match="plain text"):
        make_source_record(source)


def test_a_broken_header_is_rejected(make_source: MakeSource) -> None:
    source = make_source(b"\x89PNG\r\n\x1a\n" + b"\x00" * 60)
    with pytest.raises(RejectedImage, match="damaged PNG"):
        make_source_record(source)


def test_a_file_beyond_the_byte_limit_is_rejected_unread(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding_context, "_limits", Limits(max_file_bytes=100))
    with pytest.raises(RejectedImage, match="101 bytes; 100 are allowed"):
        make_source_record(make_source(b"x" * 101))


def test_a_vanished_file_is_no_verdict_on_the_picture(make_source: MakeSource) -> None:
    source = make_source(Image.new("RGB", (8, 8)))
    (source.home / source.sha256).unlink()
    with pytest.raises(FileNotFoundError):
        make_source_record(source)


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("a.JPG", "jpg"),
        ("a.tar.gz", "gz"),
        ("no extension", None),
        (".hidden", None),
        ("Dear diary. I have no picture today, sorry", None),
    ],
)
def test_claimed_extensions(name: str, extension: str | None) -> None:
    assert claimed_extension(name) == extension
