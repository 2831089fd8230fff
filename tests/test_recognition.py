"""From drawings in the landing folder to vectors and tags, with a real open_clip model."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from command_line.queries.tables import prepare
from media_assets.execution.repair import repair_requests
from media_assets.images.medium import images
from resources.embedding.image_encoder import choose_image_encoder, open_encoder
from tests.models.drawn_pictures import TINY_CLIP
from tests.support.drawn_home import DRAWN, file_name, recognizing_job
from tests.support.main_job import MainJob, copy_home

pytestmark = pytest.mark.slow

DRAWINGS = list(dict.fromkeys(DRAWN))


@pytest.fixture
def drawn(drawn_home: Path) -> Iterator[MainJob]:
    with recognizing_job(drawn_home) as job:
        yield job


@pytest.fixture
def changing(drawn_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy that a test may change."""
    shutil.copy(f"{drawn_home}-labels.txt", tmp_path / "home-labels.txt")
    return copy_home(drawn_home, tmp_path / "home")


def rows(job: MainJob, asset: str) -> pl.DataFrame:
    """The newest row of every image with its file name."""
    sightings = job.store.scan("ingest/sighting").select("image_id", "file_name").collect()
    current = job.store.current(f"image/{asset}", sightings["image_id"].to_list())
    return current.join(sightings, on="image_id")


def vectors(job: MainJob) -> tuple[np.ndarray, list[str]]:
    found = rows(job, "embedding").sort("file_name")
    return np.array(found["vector"].to_list(), np.float32), found["file_name"].to_list()


def test_pictures_are_found_by_words_from_the_landing_folder_to_the_rows(drawn: MainJob) -> None:
    pictures, names = vectors(drawn)
    (space,) = rows(drawn, "embedding")["space"].unique()
    (model,) = rows(drawn, "embedding")["model"].unique()
    encoder = open_encoder(space, model, drawn.settings)
    texts = encoder.encode_texts([drawing.sentence for drawing in DRAWINGS])
    found = [names[at] for at in (texts @ pictures.T).argmax(axis=1)]

    assert len(names) == len(DRAWINGS)
    assert np.mean([one == file_name(d) for one, d in zip(found, DRAWINGS, strict=True)]) >= 0.95


def test_rows_say_which_model_made_them(drawn: MainJob) -> None:
    found = rows(drawn, "embedding")
    choice = choose_image_encoder(drawn.settings)

    assert set(found["outcome"]) == {"ok"}
    assert set(found["engine"]) == {"open_clip"}
    assert set(found["space"]) == {choice.parameters["space"]}
    assert str(choice.parameters["weights_sha256"]) in found["parameters"][0]
    assert set(found["model"]) == {str(TINY_CLIP)}
    assert set(found["dimensions"]) == {64}
    assert set(found["vector"].list.len()) == {64}
    assert found.schema["vector"] == pl.List(pl.Float32)


def test_tags_are_labels_and_measured_facts(drawn: MainJob) -> None:
    query = """
    select file_name, t.label, t.source from image.zero_shot_tags
    join sightings using (image_id), unnest(tags) as _(t)
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name, label, source in drawn.sql(query):
        kinds = found.setdefault(str(name), {"label": [], "measured": []})
        kinds[str(source)].append(str(label))

    shapes = [(found[file_name(d)]["label"] or [""])[0] == d.shape for d in DRAWINGS]
    assert np.mean(shapes) >= 0.9
    for drawing in DRAWINGS:
        measured = found[file_name(drawing)]["measured"]
        assert "square format" in measured
        if drawing.background in ("red", "green", "yellow", "white", "black"):
            assert f"mostly {drawing.background}" in measured


def test_an_edited_label_file_makes_only_tags_stale_and_works_at_the_next_run(
    changing: Path,
) -> None:
    labels = changing.parent / "home-labels.txt"
    with recognizing_job(changing) as job:
        labels.write_text("template: something {}\nred\ngreen\nblue\nyellow\n")
        prepare(job.settings.media_home)  # as every command and the service do
        job.carry_out([])
        stale = "select distinct asset from gaps where gap = 'stale'"
        assert job.sql(stale) == [("zero_shot_tags",)]
        (why,) = job.sql("select distinct why from gaps where gap = 'stale'")[0]
        assert "labels_sha256" in str(why)

        before = job.row_count()
        job.carry_out(
            list(repair_requests(images, job.keys(), job.keys(), assets=["zero_shot_tags"]))
        )

        grown = {name for name, count in job.row_count().items() if count != before[name]}
        assert grown == {"image/zero_shot_tags", "image/catalogue_record", "image/text_embedding"}
        assert job.sql(stale) == []
        tags = rows(job, "zero_shot_tags").filter(pl.col("file_name").str.starts_with("blue"))
        first = {found[0]["label"] for found in tags["tags"]}
        assert first == {"blue"}


def test_another_model_fills_a_second_space_and_the_first_one_stays(
    changing: Path,
) -> None:
    with recognizing_job(changing, model="builtin") as job:
        job.carry_out([])
        stale = job.sql("select distinct asset from gaps where gap = 'stale' order by all")
        assert stale == [("embedding",), ("text_embedding",), ("zero_shot_tags",)]
        some = job.keys()[:5]
        job.carry_out(list(repair_requests(images, job.keys(), some, assets=["embedding"])))

        spaces = job.sql(
            "select space, count(distinct image_id) from image_history.embedding group by all "
            "order by all"
        )
    assert [(str(space)[:9], count) for space, count in spaces] == [
        ("builtin-v", 5),
        ("open-clip", len(DRAWINGS)),
    ]


def test_texts_lie_in_the_space_of_the_pictures(drawn: MainJob) -> None:
    found = rows(drawn, "text_embedding")
    choice = choose_image_encoder(drawn.settings)

    assert set(found["outcome"]) == {"ok"}
    assert set(found["space"]) == {choice.parameters["space"]}
    assert found["vector"].null_count() == 0
    assert set(found["vector"].list.len()) == {64}


def test_a_second_run_makes_and_loads_nothing(
    changing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the model was loaded although every image is up to date")

    with recognizing_job(changing) as job:
        monkeypatch.setattr("resources.embedding.image_encoder.open_clip_encoder", never)
        before = job.row_count()
        ended = job.carry_out(list(repair_requests(images, job.keys(), job.keys())))

        assert {status.value for status in ended} == {"SUCCESS"}
        assert job.row_count() == before


def test_missing_weights_fail_the_images_with_advice_and_keep_the_old_vectors(
    changing: Path,
) -> None:
    with recognizing_job(changing, model="ViT-B-32/laion2b_s34b_b79k") as job:
        some = job.keys()[:3]
        job.carry_out(list(repair_requests(images, job.keys(), some, assets=["embedding"])))

        failed = job.sql("select outcome, reason from image.embedding where outcome != 'ok'")
        assert [outcome for outcome, _ in failed] == ["failed"] * 3
        assert all("media models get ViT-B-32/laion2b_s34b_b79k" in str(why) for _, why in failed)
        kept = (
            "select count(distinct image_id) from image_history.embedding where vector is not null"
        )
        assert job.sql(kept) == [(len(DRAWINGS),)]
