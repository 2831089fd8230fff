import io
import shutil

import PIL
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from resources.configuration.settings import Limits
from resources.decoding import decoding_context
from resources.metadata import embedded_metadata_reader, exiftool
from resources.metadata.column_tags import TEXT_TAGS
from resources.metadata.embedded_metadata_reader import chosen_engine, read_embedded_metadata
from resources.metadata.ranking import ranked_texts
from resources.metadata.tags import DEEPEST, LONGEST_TEXT, Tags
from tests.support.metadata_pictures import plain, tagged
from tests.torture.variants import XMP_START, png, png_chunk, xmp

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>"""
PILLOW_FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "tiff": "TIFF", "avif": "AVIF"}


def exif() -> Image.Exif:
    block = Image.Exif()
    block[0x010F] = "Maker"
    block.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    return block


def picture(format: str) -> bytes:
    block = exif()
    if format == "tiff":
        block[700], block[0x8769] = XMP, dict(block.get_ifd(0x8769))
    more = {"pnginfo": png_texts()} if format == "png" else {"xmp": XMP}
    return plain(PILLOW_FORMATS[format], exif=block, icc_profile=SRGB, **more)


def png_texts() -> PngInfo:
    texts = PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    texts.add_text("Creation Time", "long ago")
    return texts


def tags_of(content: bytes, format: str, engine: str) -> Tags:
    reading = read_embedded_metadata(content, format, engine)
    assert reading.notes == ()
    return reading.tags


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
@pytest.mark.parametrize("format", PILLOW_FORMATS)
def test_every_kind_is_found_in_every_container(format: str, engine: str) -> None:
    tags = tags_of(picture(format), format, engine)
    assert tags["IFD0:Make"] == "Maker"
    assert tags["ExifIFD:DateTimeOriginal"] == "2024:05:06 07:08:09"
    assert str(tags["XMP-xmp:Rating"]) == "4"
    assert tags["ICC_Profile:ProfileDescription"] == "sRGB built-in"


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_texts_of_a_png_are_tags(engine: str) -> None:
    assert tags_of(picture("png"), "png", engine)["PNG:CreationTime"] == "long ago"


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_iptc_is_found_with_its_digests(format: str, engine: str) -> None:
    content = tagged(plain(PILLOW_FORMATS[format]), "-IPTC:City=Zürich")
    content = tagged(content, "-IPTCDigest=new")
    tags = tags_of(content, format, engine)
    assert tags["IPTC:City"] == "Zürich"
    assert tags["File:CurrentIPTCDigest"] == tags["Photoshop:IPTCDigest"]


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_exif_text_in_utf8_or_windows_1252_is_read_alike(engine: str) -> None:
    content = tagged(plain(), "-charset", "exif=UTF8", "-IFD0:Make=Zürich")
    other = tagged(plain(), "-charset", "exif=Latin", "-IFD0:Make=Zürich")
    assert tags_of(content, "jpeg", engine)["IFD0:Make"] == "Zürich"
    assert tags_of(other, "jpeg", engine)["IFD0:Make"] == "Zürich"


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_a_zero_byte_before_its_clock_does_not_end_a_date(engine: str) -> None:
    block = Image.Exif()
    block[0x9003] = "2004:05:06\0" + "07:08:09"
    tags = tags_of(plain("JPEG", exif=block), "jpeg", engine)
    assert tags["IFD0:DateTimeOriginal"] == "2004:05:06 07:08:09"


def test_the_rotation_of_an_avif_is_not_taken_for_exif() -> None:
    rotated = Image.Exif()
    rotated[0x0112] = 6
    content = plain("AVIF", exif=rotated)
    assert tags_of(content, "avif", "pillow") == {}


def test_metadata_that_imagemagick_wrote_in_hexadecimal_into_a_png_is_read() -> None:
    texts = PngInfo()
    block = exif().tobytes()
    texts.add_text("Raw profile type exif", f"\nexif\n{len(block):8}\n{block.hex()}\n", zip=True)
    content = plain("PNG", pnginfo=texts)
    assert tags_of(content, "png", "pillow")["IFD0:Make"] == "Maker"
    assert tags_of(content, "png", "exiftool")["IFD0:Make"] == "Maker"


def test_a_broken_color_profile_is_noted_and_still_there() -> None:
    reading = read_embedded_metadata(plain(icc_profile=SRGB[:200]), "jpeg", "pillow")
    assert reading.tags["ICC-header:ProfileSize"] == 200
    assert reading.notes[0].startswith("unreadable ICC profile: ")


def test_a_format_without_metadata_has_none() -> None:
    assert read_embedded_metadata(plain("BMP"), "bmp", "exiftool").tags == {}
    assert read_embedded_metadata(plain("BMP"), "bmp", "pillow").notes == ()


def test_of_a_format_that_only_exiftool_reads_nothing_is_told_without_it() -> None:
    """A document is no less a picture on a machine without exiftool."""
    reading = read_embedded_metadata(b"%PDF-1.7", "pdf", "pillow")
    assert reading.tags == {}
    assert reading.notes == (
        "no metadata read: metadata of PDF need exiftool, which is not installed here",
    )


@pytest.mark.parametrize("format", ["pdf", "png", "jpeg"])
def test_an_exiftool_that_takes_too_long_loses_no_picture(
    format: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoding_context, "_limits", Limits(metadata_seconds=1e-9))
    content = b"%PDF-1.7" if format == "pdf" else picture(format)
    reading = read_embedded_metadata(content, format, "exiftool")
    too_long = "reading its metadata takes exiftool too long (limits.metadata_seconds: 1e-09)"
    assert reading.notes[0] == f"{too_long}: read by Pillow"
    assert format == "pdf" or reading.tags["IFD0:Make"] == "Maker"


def test_a_picture_that_declares_too_many_pixels_has_no_metadata_but_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoding_context, "_limits", Limits(max_pixels=100))
    reading = read_embedded_metadata(plain("WEBP"), "webp", "pillow")
    assert reading.notes == ("no metadata read: declares more than the 100 pixels allowed",)


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
@pytest.mark.parametrize("comment", [b"Caf\xe9", "Café".encode(), "Cafés".encode()[:-2]])
def test_comments_of_jpeg_and_gif_are_read_alike(comment: bytes, engine: str) -> None:
    for kind in ("JPEG", "GIF"):
        found = tags_of(plain(kind, comment=comment), kind.lower(), engine)["File:Comment"]
        assert found == ("Caf" if comment.endswith(b"\xc3") else "Café")


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
def test_a_comment_of_the_file_is_its_description_where_nothing_else_is(kind: str) -> None:
    """It was read, and filled no column."""
    tags = tags_of(plain(kind, comment=b"Anna at the lake"), kind.lower(), "pillow")
    assert ranked_texts(tags, TEXT_TAGS["description"]) == ["Anna at the lake"]


@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_a_text_of_megabytes_in_a_tag_is_cut_before_it_is_worked_on(engine: str) -> None:
    directory = ImageFileDirectory_v2()
    directory[270] = "word " * 1_000_000
    tags = tags_of(plain("TIFF", tiffinfo=directory), "tiff", engine)
    assert str(tags["IFD0:ImageDescription"]) == ("word " * LONGEST_TEXT)[:LONGEST_TEXT]


def test_without_exiftool_pillow_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    exiftool.usable_version.cache_clear()
    chosen_engine.cache_clear()
    try:
        assert chosen_engine() == ("pillow", PIL.__version__)
    finally:
        exiftool.usable_version.cache_clear()
        chosen_engine.cache_clear()


def test_with_exiftool_installed_it_reads() -> None:
    embedded_metadata_reader.chosen_engine.cache_clear()
    assert chosen_engine() == ("exiftool", exiftool.usable_version())


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_garbage_in_place_of_any_block_never_raises(engine: str, garbage: bytes) -> None:
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(
        file, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + garbage, xmp=garbage, icc_profile=garbage
    )
    reading = read_embedded_metadata(file.getvalue(), "jpeg", engine)
    assert isinstance(reading.tags, dict)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(PILLOW_FORMATS)), st.data())
def test_a_damaged_file_gives_tags(format: str, data: st.DataObject) -> None:
    content = bytearray(picture(format))
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, byte in data.draw(st.lists(places, min_size=1, max_size=10)):
        content[place] = byte
    assert isinstance(read_embedded_metadata(bytes(content), format, "pillow").tags, dict)


@pytest.mark.parametrize("depth", [700, 1500])
@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_structures_within_structures_are_cut_off_and_harm_nobody(engine: str, depth: int) -> None:
    """Below 1000 levels Python reads exiftool's answer, above them Pillow's reading is taken."""
    nested = '<m:a rdf:parseType="Resource">' * depth + "<m:b>deep</m:b>" + "</m:a>" * depth
    packet = xmp(f'<rdf:Description xmlns:m="http://x.org/m/">{nested}</rdf:Description>')
    texts = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet.removeprefix(XMP_START))

    reading = read_embedded_metadata(png(9, 9, texts), "png", engine)

    (value,) = (value for name, value in reading.tags.items() if name.startswith("XMP-m"))
    assert str(value).count("{") == DEEPEST
    assert "..." in str(value)
