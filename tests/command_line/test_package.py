"""``media package`` and ``media restore --from-packages``: what is packed is all there was."""

import json
import sys
import zipfile
from pathlib import Path

import bagit
import ocfl
import polars as pl
import pytest
from defusedxml.ElementTree import fromstring
from typer.testing import CliRunner

from command_line.main import app
from media_assets.packages.packed_rows import packed_rows, packed_tables
from media_assets.tables import all_tables
from resources.rows.row_store import RowStore
from tests.command_line.conftest import AskJson, Media
from tests.command_line.test_backup import restore, stored
from tests.conftest import made_once
from tests.resources.preservation.packages.test_premis import problems
from tests.support.main_job import CORPUS, copy_home, files_below, main_job, picture

pytestmark = pytest.mark.slow

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""><dc:title>
<rdf:Alt><rdf:li xml:lang="x-default">Red barn &amp; snow</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>"""

NOT_PACKED = {
    "ingest/batch_event",
    "ingest/recipe",
    "ingest/left_out",
    "ingest/retry_rule",
    "ingest/stuck_work",
    "curation/retry_request",
    "preservation/fixity_check",
    "curation/saved_query",
    "curation/work_control",
    "search/duplicates",
    "search/similar_pairs",
    "search/pixel_digests",
    "search/clusters",
}
"""About whole batches, recipes, files that were not taken, checks of the copies in a home and the
work of people; and what is computed over all pictures together."""


@pytest.fixture(scope="session")
def archived_home(finished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a picture that has a sidecar and an edit, and one that no decoder reads."""

    def make(home: Path) -> None:
        files = {
            "barn.png": picture(77),
            "barn.png.xmp": XMP,
            "broken.jpg": (CORPUS / "corrupt__thumbor__image_invalid.jpg").read_bytes(),
        }
        with main_job(copy_home(finished_home, home)) as job:
            job.add("later", files)
            edit = ["--home", str(home), "edit", job.image_of("barn.png"), "--field", "rating=5"]
            assert CliRunner().invoke(app, edit).exit_code == 0

    return made_once(tmp_path_factory, "archived", make)


@pytest.fixture
def archived(archived_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """MEDIA_HOME is that home, which packing only reads."""
    monkeypatch.setenv("MEDIA_HOME", str(archived_home))
    return archived_home


def rows_of(home: Path) -> dict[str, dict[str, pl.DataFrame]]:
    """Image id -> table -> rows, of all images."""
    store = RowStore(home / "rows")
    originals = store.scan("ingest/original").filter(pl.col("role") == "image").collect()
    return {
        one.image_id: dict(one.tables)
        for one in packed_rows(store, originals["image_id"].unique().to_list())
    }


def add_version(home: Path) -> None:
    """Make the caption of one picture again, with the same words."""
    store = RowStore(home / "rows")
    newest = store.scan("image/caption").filter(pl.col("image_id").str.starts_with("picture0"))
    rows = newest.collect().drop("_seq", "_row", "_run_id")
    store.append("image/caption", rows, run_id="again", producer={})


def assert_same_rows(one: Path, other: Path) -> None:
    first, second = rows_of(one), rows_of(other)
    assert first.keys() == second.keys()
    for image_id, tables in first.items():
        assert tables.keys() == second[image_id].keys()
        for table, rows in tables.items():
            assert rows.equals(second[image_id][table].select(rows.columns)), (image_id, table)


def test_every_table_is_packed_or_known_not_to_be() -> None:
    """A new table needs a decision: would a picture that is restored miss it?"""
    packed = {table.name for table in packed_tables()}
    assert packed | NOT_PACKED == {table.name for table in all_tables()}
    assert not packed & NOT_PACKED


def test_each_package_is_a_valid_bag_with_the_original_bit_for_bit(
    archived: Path, tmp_path: Path, ask_json: AskJson
) -> None:
    done = ask_json("package", "small", "later", "--to", str(tmp_path / "out"), "--json")

    assert (done["written"], done["unchanged"], done["problems"]) == (6, 0, [])
    originals = {path.read_bytes() for path in (archived / "originals").rglob("*.*g")}
    for path in (tmp_path / "out").iterdir():
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path)
        root = tmp_path / path.stem
        bagit.Bag(str(root)).validate()
        data = root / "data" / path.stem
        assert next(data.glob("original.*")).read_bytes() in originals
        assert list(problems(fromstring((data / "premis.xml").read_bytes()))) == []
    barn = next((tmp_path).glob("barn-*")) / "data"
    assert next(barn.rglob("*.xmp")).read_bytes() == XMP
    assert b"<dc:title>Red barn &amp; snow</dc:title>" in next(barn.rglob("dublin*")).read_bytes()
    record = json.loads(next(barn.rglob("metadata.json")).read_bytes())
    assert record["record"]["file_name"] == "barn.png"
    assert record["derivatives"]["viewing_copy"]["outcome"] == "ok"
    texts = json.loads(next(barn.rglob("descriptions.json")).read_bytes())
    caption = next(one for one in texts if one["asset"] == "caption")
    assert caption["said"]["caption"]
    assert caption["made_by"]["engine"] == "builtin"
    assert b"person " in next(barn.rglob("premis.xml")).read_bytes()


def test_packing_again_writes_nothing_and_other_rows_need_a_word(
    archived: Path, tmp_path: Path, media: Media, ask_json: AskJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    ask_json("package", "small", "--to", str(out), "--json")
    before = files_below(out)

    again = ask_json("package", "small", "--to", str(out), "--json")

    assert (again["written"], again["unchanged"]) == (0, 4)
    assert files_below(out) == before
    home = copy_home(archived, tmp_path / "home")
    monkeypatch.setenv("MEDIA_HOME", str(home))
    add_version(home)
    changed = media("package", "small", "--to", str(out))
    assert changed.exit_code == 1
    assert "is there already with other content: --overwrite replaces it" in changed.output
    assert files_below(out) == before
    assert "1 package written" in media("package", "small", "--to", str(out), "--overwrite").output


def test_a_restored_home_has_the_same_rows_and_files_and_nothing_is_missing(
    archived: Path, tmp_path: Path, ask_json: AskJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, again, home = tmp_path / "out", tmp_path / "again", tmp_path / "restored"
    ask_json("package", "small", "later", "--to", str(out), "--json")
    gaps = "select image_id, asset, gap from gaps order by all"
    before = ask_json("sql", gaps, "--live", "--json")

    done = restore(out, home, "--from-packages")

    assert done["problems"] == []
    assert stored(home) == stored(archived)
    assert_same_rows(home, archived)
    monkeypatch.setenv("MEDIA_HOME", str(home))
    assert ask_json("sql", gaps, "--live", "--json") == before
    assert [one["image_id"][:4] for one in ask_json("search", "barn", "--json")] == ["barn"]
    ask_json("package", "small", "later", "--to", str(again), "--json")
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in out.iterdir()
    }


@pytest.mark.usefixtures("archived")
def test_a_selection_is_one_bag_with_the_chosen_files(tmp_path: Path, ask_json: AskJson) -> None:
    to = ("--to", str(tmp_path), "--together", "all-of-it", "--derivatives", "thumbnails")

    done = ask_json("package", "small", "later", *to, "--json")

    assert done["written"] == 1
    with zipfile.ZipFile(tmp_path / "all-of-it.zip") as archive:
        names = [name.split("/", 3) for name in archive.namelist() if "/data/" in name]
    assert len({name[2] for name in names}) == 6
    assert {name[3].split("/")[1] for name in names if "derivatives" in name[3]} == {"thumbnails"}


def test_a_decayed_original_is_not_packed_and_the_others_are(
    archived: Path, tmp_path: Path, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, out = copy_home(archived, tmp_path / "home"), tmp_path / "out"
    monkeypatch.setenv("MEDIA_HOME", str(home))
    decayed, gone = sorted((home / "originals").rglob("*.png"))[:2]
    decayed.chmod(0o644)
    decayed.write_bytes(bytes(decayed.stat().st_size))
    gone.unlink()

    result = media("package", "image_id like 'picture%' or image_id like 'barn%'", "--to", str(out))

    assert result.exit_code == 1
    assert "its bytes are no longer those whose SHA-256 was recorded" in result.output
    assert "No such file" in result.output
    assert {path.suffix for path in out.iterdir()} == {".zip"}
    assert len(list(out.iterdir())) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("small", "--derivatives", "caption,sharpness"), "there is no derivative 'sharpness'"),
        (("small", "--together", "../x"), "is no name for a package"),
        (("small", "--ocfl", "--together", "x"), "leave --together out"),
        (("nothing-like-it",), "no source matches"),
    ],
)
@pytest.mark.usefixtures("archived")
def test_what_cannot_be_packed_is_said_before_anything_is_written(
    tmp_path: Path, media: Media, arguments: tuple[str, ...], words: str
) -> None:
    result = media("package", *arguments, "--to", str(tmp_path / "out"))

    assert (result.exit_code, words in result.output) == (1, True), result.output
    assert not (tmp_path / "out").exists()


def test_packages_are_not_put_into_the_home_or_where_files_land(
    archived: Path, media: Media
) -> None:
    for folder in (archived / "packages", archived / "landing" / "packages"):
        result = media("package", "small", "--to", str(folder))

        assert result.exit_code == 1
        assert not folder.exists()


def test_pictures_are_objects_of_a_valid_ocfl_root_and_changes_are_versions(
    archived: Path, tmp_path: Path, ask_json: AskJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, out = copy_home(archived, tmp_path / "home"), tmp_path / "out"
    monkeypatch.setenv("MEDIA_HOME", str(home))
    to = ("--to", str(out), "--ocfl", "--json")
    assert ask_json("package", "small", *to)["written"] == 4
    before = files_below(out)
    assert ask_json("package", "small", *to)["unchanged"] == 4
    assert files_below(out).keys() == before.keys()

    add_version(home)
    done = ask_json("package", "small", *to)

    assert (done["written"], done["unchanged"]) == (1, 3)
    assert not (out / "extensions" / "media-assets-staging").exists()
    root = ocfl.StorageRoot(root=str(out))
    assert root.validate()
    assert (root.num_objects, root.good_objects) == (4, 4)
    versions = sorted(path.name for path in next(out.rglob("picture0-*")).iterdir())
    assert [name for name in versions if name.startswith("v")] == ["v1", "v2"]


@pytest.mark.usefixtures("archived")
def test_without_the_optional_package_the_message_says_how_to_get_it(
    tmp_path: Path, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ocfl", None)

    result = media("package", "small", "--to", str(tmp_path / "out"), "--ocfl")

    assert result.exit_code == 1
    assert "ocfl-py, which is not installed" in result.output
    assert "'.[ocfl]'" in result.output
