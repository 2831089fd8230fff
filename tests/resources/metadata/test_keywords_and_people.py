"""Keywords and people are the union of all tags that programs write them to."""

import pytest

from resources.metadata.column_tags import KEYWORD_TAGS, PEOPLE_TAGS
from resources.metadata.embedded_metadata_reader import read_embedded_metadata
from resources.metadata.keywords_and_people import keywords, people
from resources.metadata.tags import TagValue
from tests.support.metadata_pictures import plain, tagged


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("-IPTC:Keywords=Cat", ["Cat"]),
        ("-XMP-dc:Subject=Cat", ["Cat"]),
        ("-EXIF:XPKeywords=Cat;Dog", ["Cat", "Dog"]),
        ("-XMP-lr:HierarchicalSubject=Nature|Animals|Cat", ["Nature", "Animals", "Cat"]),
        ("-XMP-lr:WeightedFlatSubject=Cat", ["Cat"]),
        ("-XMP-digiKam:TagsList=Nature/Cat", ["Nature", "Cat"]),
        ("-XMP-microsoft:LastKeywordXMP=Nature/Cat", ["Nature", "Cat"]),
        ("-XMP-microsoft:LastKeywordIPTC=Nature/Cat", ["Nature", "Cat"]),
        ("-XMP-mediapro:CatalogSets=Nature|Cat", ["Nature", "Cat"]),
        ("-XMP-expressionmedia:CatalogSets=Nature|Cat", ["Nature", "Cat"]),
        ("-XMP-photoshop:SupplementalCategories=Cat", ["Cat"]),
        ("-IPTC:SupplementalCategories=Cat", ["Cat"]),
        ("-XMP-pdf:Keywords=Cat, Dog", ["Cat", "Dog"]),
        (
            "-XMP-mwg-kw:KeywordInfo={Hierarchy=[{Keyword=Nature,Children=[{Keyword=Cat}]}]}",
            ["Nature", "Cat"],
        ),
        (
            "-XMP-mwg-rs:RegionInfo={RegionList=[{Name=Rex,Type=Pet},{Name=Anna,Type=Face}]}",
            ["Rex"],
        ),
    ],
)
@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_every_tag_of_keywords_is_read_by_both_engines(
    assignment: str, expected: list[str], engine: str
) -> None:
    content = tagged(plain(), "-sep", "\x01", assignment)
    assert keywords(read_embedded_metadata(content, "jpeg", engine).tags) == expected


@pytest.mark.parametrize(
    "assignment",
    [
        "-XMP-mwg-rs:RegionInfo={RegionList=[{Name=Anna Example,Type=Face}]}",
        "-XMP-mwg-rs:RegionInfo={RegionList=[{Name=Anna Example}]}",
        "-XMP-iptcExt:PersonInImage=Anna Example",
        "-XMP-iptcExt:PersonInImageWDetails={PersonName=Anna Example}",
        "-XMP-MP:RegionInfoMP={Regions=[{PersonDisplayName=Anna Example}]}",
        "-XMP-mediapro:People=Anna Example",
        "-XMP-expressionmedia:People=Anna Example",
    ],
)
@pytest.mark.parametrize("engine", ["exiftool", "pillow"])
def test_every_tag_of_people_is_read_by_both_engines(assignment: str, engine: str) -> None:
    tags = read_embedded_metadata(tagged(plain(), assignment), "jpeg", engine).tags
    assert people(tags) == ["Anna Example"]


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("XMP-iptcExt:ImageRegion", [{"PersonInImage": ["Anna"]}]),
        ("XMP-acdsee-rs:Regions", {"RegionList": [{"Name": "Anna", "Type": "Face"}]}),
    ],
)
def test_regions_of_newer_standards_name_people(tag: str, value: TagValue) -> None:
    assert people({tag: value}) == ["Anna"]


def test_the_union_has_each_word_once_whatever_its_case_and_form() -> None:
    found = keywords(
        {
            "XMP-dc:Subject": ["Föhr", "Sea"],
            "IPTC:Keywords": ["sea", "Fo\u0308hr", "Ferry"],
            "XMP-digiKam:TagsList": ["Places/Föhr", "_Digikam_root_tag_/Sea"],
        }
    )
    assert found == ["Föhr", "Sea", "Ferry", "Places"]


def test_a_keyword_that_is_another_cut_to_iptcs_length_is_left_out() -> None:
    whole = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch railway station"
    tags: dict[str, TagValue] = {"XMP-dc:Subject": [whole], "IPTC:Keywords": [whole[:64], "Wales"]}
    assert keywords(tags) == [whole, "Wales"]


def test_no_region_breaks_it() -> None:
    odd: list[TagValue] = [
        "text",
        7,
        [],
        {},
        {"RegionList": "x"},
        {"RegionList": [1, {"Name": {}}]},
    ]
    for value in odd:
        assert isinstance(people({one.tag: value for one in PEOPLE_TAGS}), list)
        assert isinstance(keywords({one.tag: value for one in KEYWORD_TAGS}), list)
