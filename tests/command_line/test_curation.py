"""``media versions``, ``prefer``, ``edit`` and ``reprocess --hint``, end to end on real runs."""

from typing import Any

from media_assets.curation.person import person
from media_assets.media import image_recipes
from resources.configuration.settings import Curation, Settings
from tests.command_line.conftest import AskJson, Media
from tests.support.main_job import MainJob

RECORD = "select title, caption, keywords from descriptions where image_id = ?"
SOURCES = """
select source.field, source.source, source.is_deleted
from (select unnest(sources) as source from descriptions where image_id = ?)
"""
GAPS = "select asset, gap, why from gaps where image_id = ?"
MADE = "select asset, count(*) from artifact_row_history where image_id = ? group by all"


def chosen(job: MainJob) -> str:
    return job.image_of("picture2.png")


def made(job: MainJob, image_id: str) -> dict[object, object]:
    """Asset -> rows ever written for the image."""
    return dict(job.sql(MADE, image_id))


def grown(before: dict[object, object], after: dict[object, object]) -> dict[object, int]:
    differences = {
        asset: int(str(after[asset])) - int(str(before.get(asset, 0))) for asset in after
    }
    return {asset: more for asset, more in differences.items() if more}


def caption_versions(ask_json: AskJson, image_id: str) -> list[dict[str, Any]]:
    """Newest first."""
    return list(ask_json("versions", image_id, "--asset", "caption", "--json"))


def below_the_record() -> set[str]:
    """The record and what is made from it."""
    found = {"catalogue_record"}
    for name, recipe in image_recipes().items():
        if found & set(recipe.inputs):
            found.add(name)
    return found


def test_an_edit_counts_at_once_and_remakes_the_record_and_what_is_below_it_only(
    finished: MainJob, media: Media
) -> None:
    image_id = chosen(finished)
    before = made(finished, image_id)

    result = media("edit", image_id, "--field", "title=The old mill", "--field", "keywords=a; b")

    assert result.exit_code == 0, result.output
    ((title, caption, keywords),) = finished.sql(RECORD, image_id)
    assert (title, keywords) == ("The old mill", ["a", "b"])
    assert caption
    assert ("title", "human", False) in finished.sql(SOURCES, image_id)
    after = made(finished, image_id)
    assert grown(before, after) == dict.fromkeys({"human_record", *below_the_record()}, 1)
    assert finished.sql("select * from gaps") == []


def test_an_edit_survives_a_remake_and_a_deletion_is_never_filled_again(
    finished: MainJob, media: Media
) -> None:
    image_id = chosen(finished)
    edit = ("edit", image_id, "--field", "title=Mine", "--delete", "caption", "--note", "wrong")
    assert media(*edit, "--no-run").exit_code == 0

    result = media("reprocess", image_id, "--asset", "caption", "--asset", "description")

    assert result.exit_code == 0, result.output
    assert finished.sql(RECORD, image_id) == [("Mine", None, [])]
    assert ("caption", "human", True) in finished.sql(SOURCES, image_id)
    log = "select action, field, new_values, note from curation_log order by all"
    assert finished.sql(log) == [
        ("delete", "caption", [], "wrong"),
        ("set", "title", ["Mine"], "wrong"),
    ]


def test_a_preference_makes_exactly_the_record_stale(
    finished: MainJob, media: Media, ask_json: AskJson
) -> None:
    image_id = chosen(finished)
    media("reprocess", image_id, "--asset", "caption")
    newest, oldest = caption_versions(ask_json, image_id)
    assert (newest["is_current"], oldest["is_current"]) == (True, False)

    result = media("prefer", image_id, oldest["version"].split("-")[1], "--no-run")

    assert result.exit_code == 0, result.output
    finished.carry_out([])
    assert finished.sql(GAPS, image_id) == [
        ("catalogue_record", "stale", "another version of caption counts")
    ]
    before = made(finished, image_id)
    assert media("prefer", image_id, oldest["version"]).exit_code == 0
    assert grown(before, made(finished, image_id)).keys() == below_the_record()
    assert finished.sql("select * from gaps") == []
    newest, oldest = caption_versions(ask_json, image_id)
    assert (newest["is_current"], oldest["is_preferred"]) == (False, True)

    assert media("prefer", image_id, "newest", "--asset", "caption", "--no-run").exit_code == 0
    newest, oldest = caption_versions(ask_json, image_id)
    assert (newest["is_current"], oldest["is_preferred"]) == (True, False)
    finished.carry_out([])
    actions = "select action from curation_log order by decided_at"
    assert finished.sql(actions) == [("prefer",), ("prefer",), ("prefer_newest",)]


def test_versions_tell_who_or_what_made_them(
    finished: MainJob, media: Media, ask_json: AskJson
) -> None:
    image_id = chosen(finished)
    media("edit", image_id, "--field", "title=Mine", "--no-run")

    versions = ask_json("versions", image_id, "--json")

    by_asset = {version["asset"]: version for version in versions}
    assert by_asset.keys() >= {"caption", "description", "zero_shot_tags", "human_record"}
    assert by_asset["human_record"]["says"] == {"title": ["Mine"]}
    caption = by_asset["caption"]
    assert caption["engine"] == "builtin"
    assert caption["says"]["caption"]
    assert {"parameters", "seconds", "run_id", "made_at", "fingerprint"} <= caption.keys()
    told = media("versions", image_id).stdout
    assert f"human_record {by_asset['human_record']['version'].split('-', 1)[1]} counts" in told
    assert f"caption {caption['version'].split('-', 1)[1]} counts" in told


MISTAKES = [
    (("edit", "picture2"), "nothing to change"),
    (("edit", "picture2", "--field", "title"), "no field"),
    (("edit", "picture2", "--field", "color=red"), "there is no field 'color'"),
    (("edit", "picture2", "--field", "title=a", "--delete", "title"), "not both"),
    (("edit", "nobody", "--field", "title=a"), "no image id or name begins with"),
    (("prefer", "picture2", "12345678"), "no version is named"),
    (("prefer", "picture2", "newest"), "newest of what"),
]


def test_a_mistake_changes_nothing_and_is_told_in_words(finished: MainJob, media: Media) -> None:
    rows = finished.row_count()

    for arguments, message in MISTAKES:
        result = media(*arguments)
        assert result.exit_code == 1
        assert message in result.output

    assert finished.row_count() == rows


def test_a_hint_makes_a_new_version_that_tells_it(
    finished: MainJob, media: Media, ask_json: AskJson
) -> None:
    image_id = chosen(finished)

    result = media("reprocess", image_id, "--asset", "description", "--hint", "Bled in 1912")

    assert result.exit_code == 0, result.output
    newest, oldest = ask_json("versions", image_id, "--asset", "description", "--json")
    assert newest["says"]["hint"] == "Bled in 1912"
    assert "hint" not in oldest["says"]
    assert newest["is_current"]


def test_the_setting_names_the_person() -> None:
    assert person(Settings(curation=Curation(user="archivist"))) == "archivist"
    assert person(Settings())
