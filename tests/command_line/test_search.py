"""``media search`` where the main job has run: what is found, why, and what is refused."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from PIL import Image

from command_line.commands import contact_sheet
from command_line.commands.search import facts_in_a_line
from media_assets.search.answers.reasons import in_words, reasons, sentence
from media_assets.search.answers.results import SHOWN, SearchResult
from resources.configuration.media_home import MediaHome
from resources.search.question_words import wanted_of
from resources.search.rank_fusion import Fused, ListPlace
from tests.command_line.conftest import AskJson, Media
from tests.models.drawn_pictures import png
from tests.models.shapes import Drawing
from tests.support.browser import open_browser
from tests.support.drawn_home import DRAWN, recognizing_job
from tests.support.main_job import MainJob, picture
from tests.support.metadata_pictures import gps_block, tagged
from tests.support.text_pictures import page

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m\u202e"
GARDEN = (
    "-IPTC:City=Vienna",
    "-XMP-dc:Title=Grandmother's garden",
    "-IPTC:Keywords=roses",
    "-EXIF:Make=Canon",
    "-EXIF:DateTimeOriginal=2021:06:01 10:00:00",
)


def jpeg(seed: int, exif: Image.Exif | None = None) -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture(seed))) as drawn:
        metadata = Image.Exif() if exif is None else exif
        drawn.convert("RGB").save(file, "JPEG", quality=90, exif=metadata)
    return file.getvalue()


def text_page() -> bytes:
    file = io.BytesIO()
    page(["Lighthouse keepers wanted", "Ask at the harbour office"]).save(file, "PNG")
    return file.getvalue()


def files() -> dict[str, bytes]:
    vienna = gps_block((48, 12, 30), "N", (16, 22, 20), "E")
    oslo = gps_block((59, 54, 50), "N", (10, 45, 8), "E")
    return {
        "Red_Barn-InSnow2019.png": picture(1),
        "IMG_0012.png": picture(2),
        "a.jpg": tagged(jpeg(3, vienna), *GARDEN),
        "b.jpg": tagged(jpeg(4, oslo), f"-XMP-dc:Title={HOSTILE}", "-EXIF:Make=Canon"),
        "c.png": text_page(),
        f"{HOSTILE.replace('/', '')}.png": picture(5),
    }


def drawings() -> dict[str, Drawing]:
    """File name -> what is drawn; the names tell nothing."""
    return {f"p{number:03}.png": one for number, one in enumerate(dict.fromkeys(DRAWN))}


@pytest.fixture(scope="module")
def found_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainJob]:
    """Embedded by the tiny open_clip model, which knows drawings and makes noise of the rest."""
    with recognizing_job(tmp_path_factory.mktemp("search") / "home") as job:
        job.add("album", {**files(), **{name: png(one) for name, one in drawings().items()}})
        yield job


@pytest.fixture(autouse=True)
def _home(found_home: MainJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_HOME", str(found_home.settings.home))


def first(hits: list[dict[str, object]]) -> str:
    return str(hits[0]["file_name"]) if hits else "nothing"


@pytest.mark.parametrize(
    ("question", "expected", "source", "field"),
    [
        ("Red_Barn-InSnow2019.png", "Red_Barn-InSnow2019.png", "name", "file_name"),
        ("barn", "Red_Barn-InSnow2019.png", "name", "file_name"),
        ("insn", "Red_Barn-InSnow2019.png", "name", "file_name"),
        ("snow 2019", "Red_Barn-InSnow2019.png", "name", "file_name"),
        ("img 0012", "IMG_0012.png", "name", "file_name"),
        ("grandmothers garden", "a.jpg", "words", "title"),
        ("rose", "a.jpg", "words", "tags"),
        ("vienna", "a.jpg", "words", "place"),
        ("lighthouse keeper", "c.png", "words", "ocr_text"),
    ],
)
def test_an_image_is_found_by_what_is_known_of_it(
    ask_json: AskJson, question: str, expected: str, source: str, field: str
) -> None:
    hits = ask_json("search", question, "--json")
    assert first(hits) == expected
    why = {reason["source"]: reason for reason in hits[0]["why"]}
    assert why[source]["field"] == field
    assert why[source]["rank"] == 1


def test_the_words_are_shown_where_they_stand(ask_json: AskJson) -> None:
    (hit, *_) = ask_json("search", "harbour", "--json")
    (words,) = [reason for reason in hit["why"] if reason["source"] == "words"]
    assert "harbour office" in words["snippet"]


def test_one_word_of_a_name_is_not_the_name(ask_json: AskJson) -> None:
    hits = ask_json("search", "a red circle", "--limit", "60", "--json")
    assert {reason["source"] for hit in hits for reason in hit["why"]} >= {"words", "picture"}
    assert not [hit for hit in hits if "name" in [reason["source"] for reason in hit["why"]]]


def test_captions_are_searched(ask_json: AskJson) -> None:
    hits = ask_json("search", "landscape jpeg", "--limit", "60", "--json")
    words = {
        hit["file_name"]: reason
        for hit in hits
        for reason in hit["why"]
        if reason["source"] == "words" and reason["rank"] == 1
    }
    assert set(words) == {"a.jpg", "b.jpg"}
    assert "Landscape JPEG" in words["a.jpg"]["snippet"]


def test_a_condition_narrows_the_result(ask_json: AskJson) -> None:
    where = "taken_at > '2020-01-01' and camera_make = 'Canon'"
    assert [hit["file_name"] for hit in ask_json("search", "--where", where, "--json")] == ["a.jpg"]
    (hit,) = ask_json("search", "barn", "--where", where, "--json")
    assert [reason["source"] for reason in hit["why"]] == ["picture"], "no word of it fits"


@pytest.mark.parametrize(
    "where",
    [
        "true); drop table images; --",
        "true) union all select path from ingest.original --",
        "image_id in (select content from read_text('/etc/passwd'))",
        "image_id in (with gone as (delete from images returning image_id) from gone)",
        "nonsense(",
        "no_such_column = 1",
    ],
)
def test_a_condition_that_is_none_is_refused_or_finds_nothing(media: Media, where: str) -> None:
    result = media("search", "barn", "--where", where, "--json")
    refused = result.exit_code == 1 and "--where cannot be used" in result.stderr
    assert refused or json.loads(result.stdout) == []
    assert json.loads(media("search", "barn", "--json").stdout), "everything is still there"


@pytest.mark.parametrize(
    "where",
    ["no_such_column = 1", "(width_px = 1", "width_px = 1)", "width_px =", "1 = 1\nor wdth"],
)
def test_a_wrong_condition_is_shown_without_our_own_sql(media: Media, where: str) -> None:
    """The excerpt was "select image_id from images where (no_such_column = 1", half of it ours."""
    said = media("search", "barn", "--where", where).stderr
    assert where.split("\n")[-1] in said
    assert not re.search("select image_id|order by|LINE", said)


def test_near_a_place_the_nearest_comes_first(ask_json: AskJson) -> None:
    (hit,) = ask_json("search", "--near", "48.2,16.37", "--json")
    assert hit["file_name"] == "a.jpg"
    assert hit["distance_km"] == pytest.approx(0.98, abs=0.3)
    far = ask_json("search", "--near", "50,14,3000", "--json")
    assert [one["file_name"] for one in far] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("near", ["here", "48", "48.2,16.4,-1", "95,0", "1,2,3,4"])
def test_a_place_that_is_none_is_refused(media: Media, near: str) -> None:
    result = media("search", "--near", near)
    assert result.exit_code == 1
    assert "latitude,longitude" in result.stderr


def test_images_like_one_that_is_there(ask_json: AskJson, found_home: MainJob) -> None:
    image_id = found_home.image_of("IMG_0012.png")
    hits = ask_json("search", "--like", image_id, "--limit", "3", "--json")
    assert hits[0]["image_id"] == image_id
    assert hits[0]["why"] == [{"source": "likeness", "rank": 1, "cosine": 1.0}]
    assert len(hits) == 3


def test_images_like_a_file_in_any_format(ask_json: AskJson, tmp_path: Path) -> None:
    """It is decoded as originals are, so that a TIFF finds its PNG."""
    with Image.open(io.BytesIO(picture(2))) as drawn:
        drawn.save(tmp_path / "other name.tif")
    (hit, *_) = ask_json("search", "--like", str(tmp_path / "other name.tif"), "--json")
    assert hit["file_name"] == "IMG_0012.png"
    assert hit["why"][0]["cosine"] > 0.99


def test_a_file_that_is_no_picture_says_so(media: Media, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    result = media("search", "--like", str(tmp_path / "notes.jpg"))
    assert result.exit_code == 1
    assert "cannot be searched with: not a picture" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to search for"),
        (["--like", "no-such-image"], "no file, and no image id"),
        (["--like", "b"], "nothing"),
    ],
)
def test_a_search_without_meaning_says_what_to_do(
    media: Media, arguments: list[str], message: str
) -> None:
    result = media("search", *arguments)
    if message != "nothing":
        assert result.exit_code == 1
        assert message in result.stderr


def test_where_nothing_can_be_found_it_says_so(media: Media) -> None:
    result = media("search", "barn", "--where", "width_px > 5000")
    assert result.exit_code == 0
    assert "No image was found." in result.stdout


def test_a_terminal_gets_no_control_characters(media: Media) -> None:
    shown = media("search", "onerror").stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "<img src=x" in shown


def test_a_contact_sheet_in_a_browser_shows_pictures_and_runs_nothing(
    media: Media, tmp_path: Path
) -> None:
    page_file = tmp_path / "found.html"
    result = media(
        "search",
        "--where",
        "batch = 'album' and file_name not like 'p0%'",
        "--html",
        str(page_file),
    )
    assert result.exit_code == 0
    assert "default-src 'none'" in page_file.read_text()
    assert not re.search(r"(src|href)=\"(?!data:)", page_file.read_text())
    with open_browser(tmp_path / "profile") as browser:
        browser.get(page_file.as_uri())
        shown = browser.find_elements("css selector", "li")
        pictures = browser.execute_script(
            "return [...document.images].map(i => [i.naturalWidth, i.src.slice(0, 11)])"
        )
        names = [heading.text for heading in browser.find_elements("css selector", "h2")]
        grid = browser.find_element("css selector", "ol").value_of_css_property("display")
    assert len(shown) == len(files())
    assert [source for _, source in pictures] == ["data:image/"] * len(files())
    assert all(width > 0 for width, _ in pictures)
    assert any(name.startswith("<img src=x onerror=alert(1)>") for name in names)
    assert grid == "grid", "the page's own style is allowed by its policy"


def test_a_home_where_nothing_is_published_says_what_to_do(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path / "new"))
    result = media("search", "barn")
    assert result.exit_code == 1
    assert "media add PATH --wait" in result.stderr


def test_the_first_command_after_an_upgrade_may_be_a_search(tmp_path: Path) -> None:
    """The tables lack what today's search shows, and the index has no parts."""
    with tarfile.open(Path(__file__).parents[1] / "upgrade" / "home-e0c4844.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    command = [Path(sys.executable).with_name("media"), "search", "picture2", "--json"]
    environment = {**os.environ, "MEDIA_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    hits = json.loads(done.stdout)
    assert first(hits) == "picture2.png"
    assert {reason["source"] for reason in hits[0]["why"]} == {"name", "words", "meaning"}


def test_a_tile_without_a_picture_says_why() -> None:
    facts = {"file_name": "x.jpg", "outcome": "rejected", "reason": "damaged <JPEG>"}
    shown = contact_sheet.picture(MediaHome(Path("/nowhere")), None, facts)
    assert "rejected: damaged &lt;JPEG&gt;" in shown
    waiting = {**facts, "outcome": "in_progress", "reason": None}
    assert "still being processed" in contact_sheet.picture(MediaHome(Path("/")), None, waiting)


def test_every_source_tells_its_rank_once() -> None:
    facts = {"file_name": "dune.jpg", "title": None, "caption": "a dune at night"}
    hit = Fused("x", 1.0, (ListPlace("words", 1, 3.2), ListPlace("picture", 4, 0.31234)))
    empty = dict.fromkeys(
        ["description", "ocr_text", "tags", "place", "creators", "camera", "names"]
    )
    told = reasons(hit, {**facts, **empty}, wanted_of("dunes"))
    assert told == [
        {
            "source": "words",
            "rank": 1,
            "field": "caption",
            "words": ["dunes"],
            "snippet": "a dune at night",
        },
        {"source": "picture", "rank": 4, "cosine": 0.3123},
    ]
    assert sentence(told, 0.98) == (
        "'dunes' is in its caption (a dune at night); it looks like what was asked for (0.31); "
        "it was taken 1.0 km away."
    )


def child(**more: object) -> SearchResult:
    """A frame of a film, as a search finds it."""
    facts: dict[str, object] = dict.fromkeys(
        [*SHOWN, "taken_at_text", "parent_id", "parent_medium"]
    )
    place = {"place_in_parent": '{"seconds": 12.48}', "file_name": "frame.png"}
    return SearchResult("frame-0123", 0.5, {**facts, **place, **more}, None, [])


def test_a_child_is_shown_with_its_parent_and_place() -> None:
    found = child(parent_id="film-3f2a9c41b7de", parent_medium="video")
    record = found.record
    assert record["parent_id"] == "film-3f2a9c41b7de"
    assert record["parent_medium"] == "video"
    assert record["place"] == {"seconds": 12.48}
    assert facts_in_a_line(found) == "frame.png · from film-3f2a9c41b7de at 12.48 s"


def test_an_image_without_a_parent_says_nothing_of_one() -> None:
    found = child(place_in_parent=None)
    assert [found.record[name] for name in ("parent_id", "parent_medium", "place")] == [None] * 3
    assert facts_in_a_line(found) == "frame.png"


def test_a_part_is_named_where_it_is_not_the_whole() -> None:
    hit = Fused("x", 1.0, (ListPlace("likeness", 1, 0.98, 3), ListPlace("picture", 2, 0.5, 0)))
    told = reasons(hit, {}, [])
    assert told == [
        {"source": "likeness", "rank": 1, "part": 3, "cosine": 0.98},
        {"source": "picture", "rank": 2, "cosine": 0.5},
    ]
    assert in_words(told[0]) == "it looks alike (part 3) (0.98)"


def test_pictures_are_found_by_a_description_of_what_they_show(ask_json: AskJson) -> None:
    """From the landing folder through the command; half of the pairs were never trained on."""
    found = {
        name: first(ask_json("search", drawing.sentence, "--limit", "1", "--json"))
        for name, drawing in drawings().items()
    }
    assert np.mean([shown == name for name, shown in found.items()]) >= 0.95


def test_the_sql_of_the_documentation_runs_in_a_plain_duckdb(found_home: MainJob) -> None:
    text = (Path(__file__).parents[2] / "docs" / "search.md").read_text()
    queries = re.findall(r"```sql\n(.*?)```", text, flags=re.DOTALL)
    assert len(queries) == 4
    with duckdb.connect(str(found_home.settings.media_home.warehouse), read_only=True) as tool:
        answers = [tool.execute(query).fetchall() for query in queries]
    assert [len(rows) for rows in answers[:2]] == [5, 5]
    assert answers[0][0][1] == pytest.approx(1)
    assert answers[2][0][1] == "Red_Barn-InSnow2019.png"
