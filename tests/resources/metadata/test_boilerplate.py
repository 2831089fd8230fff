"""What cameras and programs write where a person's words belong."""

import time

import pytest

from resources.metadata.boilerplate import is_boilerplate, without_boilerplate
from resources.metadata.column_tags import TEXT_TAGS
from resources.metadata.ranking import ranked_texts
from resources.metadata.tags import Tags


@pytest.mark.parametrize(
    "text",
    [
        "OLYMPUS DIGITAL CAMERA         ",
        "SONY DSC",
        "MinoltaDSC",
        "KONICA MINOLTA DIGITAL CAMERA",
        "KODAK Digital Still Camera",
        "MOULTRIE DIGITAL GAME CAMERA",
        "DIGITAL CAMERA",
        "SAMSUNG CAMERA PICTURES",
        "Exif_JPEG_PICTURE",
        "Exif_JPEG_420",
        "EXIF JPEG",
        "DCF 1.0",
        "DCIM\\100MEDIA\\DJI_0001.JPG",
        "<Digimax i5, Samsung #1>",
        "<KENOX S1050  / Samsung S1050>",
        "My beautiful picture",
        "HELLOMOTO",
        "charset=Ascii",
        "binary comment",
        "Created with GIMP",
        "CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90",
        "CREATOR: XV Version 3.10a  Rev: 12/29/94  Quality = 75, Smoothing = 0",
        "LEAD Technologies Inc. V1.01",
        "Created with The GIMP on a Mac",
        "Created with Adobe Firefly",
        "Created with Sketch.",
        "File written by Adobe Photoshop\xa8 4.0",
        "Photoshop 3.0",
        "Edited in Lightroom",
        "Processed with VSCO with a6 preset",
        "Processed with Snapseed",
        "Processed By eBay with ImageMagick, z1.1.0. ||B2",
        "Resized with ezgif.com",
        "Resized on https://ezgif.com/resize",
        "Compressed by jpeg-recompress",
        "Optimized by JPEGmini 3.9.20.0L 0x4e9a",
        "Made with Google AI",
        "File source: https://commons.wikimedia.org/wiki/File:Lake.jpg",
        "Samsung digimax",
        "Canon PowerShot A70",
        "KODAK EASYSHARE C813 ZOOM DIGITAL CAMERA",
        "PENTAX",
        "OLYMPUS IMAGING CORP.",
        "SAMSUNG TECHWIN CO., LTD.",
        "Eastman Kodak Company",
        "DCIM/100GOPRO",
        "IMG_1234.JPG",
        "DSCN0001",
        "picturePowerShot",
        "Camera Phone",
        "maker:0xac90b1",
        "oppo_32",
        "Screenshot",
        "Screen Shot 2015-01-01 at 1.02.03 PM",
        "Bildschirmfoto 2024-05-06 um 07.08.09",
        '{"sensor_type":"rear","mirror":false}',
        "filter: 0; fileterIntensity: 0.0; filterMask: 0;",
        "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7",
    ],
)
def test_it_is_known_in_any_case_and_spacing(text: str) -> None:
    assert is_boilerplate(text)
    assert is_boilerplate(f" {text.upper()} ") or "Steps" in text


@pytest.mark.parametrize(
    "text",
    [
        "Grandmother at the harbour",
        "My new digital camera",
        "Sony factory in Kisarazu",
        "DSC meeting",
        "Default settings of the oven",
        "Samsung store opening",
        "Nikon Corporation headquarters in Tokyo",
        "Canon",
        "Camera obscura",
        "Creator: Anna Example",
        "Created with GIMP by my daughter",
        "Created with Canva by the class of 2024",
        "Screenshot of my first web page",
        "Photoshop course in Kyiv",
        "Processed with love and patience",
        "Taken with my grandfather's Leica",
        "Shot from a Kraken boat",
        "Anna: left; Ben: right",
        "IMG 1234 shows Anna",
        "Untitled",
        "Ducky",
        "Created with love",
        "cof",
        "Steps to the temple",
    ],
)
def test_what_a_person_may_have_written_stays(text: str) -> None:
    assert not is_boilerplate(text)


@pytest.mark.parametrize(
    "text", ["screenshot" + "1" * 1900 + "x", "created with gimp" + " (1 2)" * 300 + " or"]
)
def test_a_hostile_text_is_looked_at_in_no_time(text: str) -> None:
    begun = time.process_time()
    assert not is_boilerplate(text)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("boilerplate", ["OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "DCF 1.0"])
@pytest.mark.parametrize("tag", ["IPTC:Caption-Abstract", "XMP-dc:Description", "IFD0:XPComment"])
def test_a_caption_of_lower_rank_counts(tag: str, boilerplate: str) -> None:
    written = without_boilerplate(
        {"IFD0:ImageDescription": boilerplate, tag: "Grandmother at the harbour"}
    )
    assert ranked_texts(written, TEXT_TAGS["description"]) == ["Grandmother at the harbour"]


def test_boilerplate_alone_is_no_description() -> None:
    tags: Tags = {
        "IFD0:ImageDescription": "SONY DSC",
        "XMP-dc:Description": "SONY DSC",
        "XMP-dc:Description-de": "SONY DSC",
        "File:Comment": "Created with GIMP",
    }
    assert ranked_texts(without_boilerplate(tags), TEXT_TAGS["description"]) == []


def test_the_cameras_own_name_is_no_description() -> None:
    tags: Tags = {"IFD0:Make": "ACME Corp", "IFD0:Model": "ACME Snap 3"}
    assert "acme snap" not in str(without_boilerplate(tags | {"PNG:Comment": "acme snap"}))
    assert without_boilerplate(tags | {"PNG:Comment": "acme at night"})["PNG:Comment"]


def test_codes_of_scenes_count_only_on_the_phones_that_write_them() -> None:
    code: Tags = {"IFD0:ImageDescription": "oznorWO"}
    assert without_boilerplate(code | {"IFD0:Make": "HUAWEI"})["IFD0:ImageDescription"] == []
    assert without_boilerplate(code | {"IFD0:Make": "Canon"})["IFD0:ImageDescription"] == "oznorWO"


def test_a_graph_of_nodes_is_no_camera() -> None:
    tags: Tags = {"IFD0:Make": 'workflow:{"nodes": []}', "IFD0:Model": 'prompt:{"3": {}}'}
    assert without_boilerplate(tags) == {}
