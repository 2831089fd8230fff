"""Which picture a JSON file of a Google Takeout names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.landing.sidecar_names import TAKEOUT, form_of, is_sidecar, ranges_beside

LONG = "a_very_long_name_of_a_picture_from_the_summer_trip.jpg"


@pytest.mark.parametrize(
    ("sidecar", "picture"),
    [
        ("IMG_3397.JPG.supplemental-metadata.json", "IMG_3397.JPG"),
        ("IMG_3397.JPG.json", "IMG_3397.JPG"),
        ("img_3397.jpg.Supplemental-Metadata.JSON", "IMG_3397.JPG"),
        ("PXL_20230101_120000000.MP.jpg.supplemental-me.json", "PXL_20230101_120000000.MP.jpg"),
        ("IMG_20190101_123456789_HDR_or_so.jpg.suppl.json", "IMG_20190101_123456789_HDR_or_so.jpg"),
        ("IMG_20190101_123456789_HDR_or_so.jpg.s.json", "IMG_20190101_123456789_HDR_or_so.jpg"),
        ("IMG_20190101_123456789_HDR_or_so.jpg..json", "IMG_20190101_123456789_HDR_or_so.jpg"),
        (LONG[:46] + ".json", LONG),
        (LONG[:51] + ".json", LONG),
        ("IMG_0001.jpg.supplemental-metadata(1).json", "IMG_0001(1).jpg"),
        ("IMG_0001.jpg(1).json", "IMG_0001(1).jpg"),
        ("IMG_0001(1).jpg.supplemental-metadata.json", "IMG_0001(1).jpg"),
        ("IMG_3397.JPG.supplemental-metadata.json", "IMG_3397-edited.JPG"),
        ("IMG_3397.JPG.supplemental-metadata.json", "IMG_3397-bearbeitet.JPG"),
        ("IMG_3397.JPG.supplemental-metadata(2).json", "IMG_3397-edited(2).JPG"),
        ("IMG_3397.JPG.supplemental-metadata(2).json", "IMG_3397(2)-edited.JPG"),
        ("Größe.jpg.supplemental-metadata.json", "Gro\u0308\u00dfe.jpg"),
        ("VID_1.mp4.supplemental-metadata.json", "VID_1.mp4"),
    ],
)
def test_it_names_its_picture_however_google_cut_and_numbered_it(
    sidecar: str, picture: str
) -> None:
    json_file, image = f"a/{sidecar}".encode(), f"a/{picture}".encode()

    assert is_sidecar(json_file)
    assert form_of(json_file, image) == TAKEOUT


@pytest.mark.parametrize(
    ("sidecar", "picture"),
    [
        ("IMG_3397.JPG.supplemental-metadata.json", "IMG_3398.JPG"),
        ("IMG_3397.JPG.supplemental-metadata.json", "IMG_3397.PNG"),
        ("IMG_0001.jpg.supplemental-metadata(1).json", "IMG_0001.jpg"),
        ("IMG_0001.jpg.supplemental-metadata.json", "IMG_0001(1).jpg"),
        ("IMG_0001.jpg.supplemental-metadata(1).json", "IMG_0001(2).jpg"),
        (LONG[:46] + ".json", LONG[:40] + "x_trip.jpg"),
    ],
)
def test_it_names_no_other_picture(sidecar: str, picture: str) -> None:
    assert form_of(f"a/{sidecar}".encode(), f"a/{picture}".encode()) is None


def test_it_names_no_picture_of_another_folder() -> None:
    assert form_of(b"a/1.jpg.json", b"b/1.jpg") is None


@pytest.mark.parametrize(
    "name", [b"metadata.json", b"package.json", b"data.v2.json", b".json", b"(1).json", b"a.jpg"]
)
def test_other_files_are_no_sidecars(name: bytes) -> None:
    assert not is_sidecar(b"a/" + name)


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=60
)


@given(NAMES, st.sampled_from(["jpg", "HEIC", "mp4"]), st.sampled_from(["", "(1)"]))
def test_the_pair_is_found_from_both_sides(stem: str, suffix: str, number: str) -> None:
    """The ranges of the index must hold whatever the rule accepts."""
    picture = f"a/{stem}{number}.{suffix}".encode()
    sidecar = f"a/{stem}.{suffix}.supplemental-metadata{number}.json".encode()
    if form_of(sidecar, picture) != TAKEOUT:
        return

    for one, other in ((picture, sidecar), (sidecar, picture)):
        own = ranges_beside(other)[0][0]
        assert any(first <= own < end for first, end in ranges_beside(one))
