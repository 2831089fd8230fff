import itertools
import json

import pytest

from resources.metadata.embedded_metadata_reader import read_embedded_metadata
from resources.metadata.ranking import RankedTags, first_present, ranked_texts
from tests.support.metadata_pictures import ask_exiftool, plain, tagged

CAPTION = RankedTags(
    "IFD0:ImageDescription", "IPTC:Caption-Abstract", 2000, ("XMP-dc:Description",)
)
CITY = RankedTags(iptc="IPTC:City", iptc_length=32, xmp=("XMP-photoshop:City",))
KEYWORDS = RankedTags(iptc="IPTC:Keywords", iptc_length=64, xmp=("XMP-dc:Subject",))

LONG_CITY = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch"
WRITTEN = {
    "EXIF": ("-EXIF:ImageDescription=from EXIF",),
    "IPTC": (
        "-IPTC:Caption-Abstract=from IPTC",
        f"-IPTC:City={LONG_CITY[:32]}",
        "-IPTC:Keywords=i",
    ),
    "XMP": (
        "-XMP-dc:Description=from XMP",
        f"-XMP-photoshop:City={LONG_CITY}",
        "-XMP-dc:Subject=x",
    ),
}
DIGESTS = {
    "no digest": (),
    "digest fits": ("-IPTCDigest=new",),
    "digest is old": ("-IPTCDigest=00112233445566778899aabbccddeeff",),
}


CASES = [
    (kinds, digest)
    for size in (1, 2, 3)
    for kinds in itertools.combinations(WRITTEN, size)
    for digest in DIGESTS
    if "IPTC" in kinds or digest == "no digest"
]


@pytest.mark.parametrize(
    ("kinds", "digest"), CASES, ids=[f"{'+'.join(kinds)}, {digest}" for kinds, digest in CASES]
)
def test_the_same_tag_counts_as_in_exiftools_own_working_group_tags(
    kinds: tuple[str, ...], digest: str
) -> None:
    """exiftool implements the Metadata Working Group's rules itself; it is the judge."""
    content = tagged(plain(), *(assignment for kind in kinds for assignment in WRITTEN[kind]))
    if DIGESTS[digest]:
        content = tagged(content, *DIGESTS[digest])
    answer = ask_exiftool(
        content, "-use", "MWG", "-j", "-MWG:Description", "-MWG:City", "-MWG:Keywords"
    )
    judged = json.loads(answer)[0]
    for engine in ("exiftool", "pillow"):
        tags = read_embedded_metadata(content, "jpeg", engine).tags
        assert "".join(ranked_texts(tags, CAPTION)) == judged.get("Description", "")
        assert "".join(ranked_texts(tags, CITY)) == judged.get("City", "")
        assert "".join(ranked_texts(tags, KEYWORDS)) == judged.get("Keywords", "")


def test_a_blank_tag_does_not_hide_another() -> None:
    tags = {"IFD0:ImageDescription": "   ", "XMP-dc:Description": "a harbour"}
    assert ranked_texts(tags, CAPTION) == ["a harbour"]


def test_a_text_in_one_language_only_is_found() -> None:
    assert first_present({"XMP-dc:Title-fr": "Le port"}, ("XMP-dc:Title",)) == "XMP-dc:Title-fr"
