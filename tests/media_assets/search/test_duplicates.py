"""Through the main job: three tiers, each with the copies that belong there and no others."""

import io
from collections.abc import Iterator

import dagster as dg
import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.support.main_job import MainJob, main_job

Groups = dict[str, list[list[str]]]


def soft_picture(seed: int) -> Image.Image:
    """Soft colors, different for every seed."""
    patch = np.random.default_rng(seed).integers(0, 255, (8, 10, 3), dtype=np.uint8)
    return Image.fromarray(patch).resize((320, 240), Image.Resampling.BICUBIC)


def shape(color: str) -> Image.Image:
    """A large disc on gray: in brightness alone, red and green are nearly one picture."""
    picture = Image.new("RGB", (320, 240), (140, 140, 140))
    ImageDraw.Draw(picture).ellipse((90, 40, 240, 190), fill=color)
    return picture


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def files() -> dict[str, bytes]:
    barn, lake = soft_picture(1), soft_picture(2)
    return {
        "barn.png": saved(barn, "PNG"),
        "barn again.png": saved(barn, "PNG"),
        "barn.bmp": saved(barn, "BMP"),
        "barn.tif": saved(barn, "TIFF"),
        "barn resaved.jpg": saved(barn, "JPEG", quality=60),
        "barn small.jpg": saved(barn.resize((160, 120)), "JPEG", quality=85),
        "lake.jpg": saved(lake, "JPEG", quality=90),
        "field.png": saved(soft_picture(3), "PNG"),
        "red.png": saved(shape("#d03030"), "PNG"),
        "green.png": saved(shape("#308048"), "PNG"),
        "page1.png": saved(Image.new("RGB", (320, 240), "white"), "PNG"),
        "page2.png": saved(Image.new("RGB", (320, 240), (253, 253, 253)), "PNG"),
    }


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainJob]:
    with main_job(tmp_path_factory.mktemp("duplicates") / "home") as job:
        job.add("copies", files())
        yield job


def groups(job: MainJob) -> Groups:
    """Tier -> groups of file names, the best copy first."""
    found: Groups = {"same_bytes": [], "same_pixels": [], "near": []}
    rows = job.sql(
        "select tier, list(file_name order by place) from duplicates group by tier, group_id"
    )
    for tier, names in rows:
        found[tier].append(names)
    return found


def test_the_same_bytes_under_two_names(job: MainJob) -> None:
    (names,) = groups(job)["same_bytes"]
    assert sorted(names) == ["barn again.png", "barn.png"]


def test_the_same_pixels_in_other_containers(job: MainJob) -> None:
    """The PNG is suggested: nothing is lost, and it is the smallest."""
    (names,) = groups(job)["same_pixels"]
    assert sorted(names[1:]) == ["barn.bmp", "barn.tif"]
    assert names[0] in ("barn.png", "barn again.png")


def test_a_resaved_and_a_smaller_copy_are_near_duplicates(job: MainJob) -> None:
    """Of those with the same pixels only the best takes part; other pictures do not."""
    (names,) = groups(job)["near"]
    assert names[0] in ("barn.png", "barn again.png")
    assert names[1:] == ["barn resaved.jpg", "barn small.jpg"]


def test_the_best_copy_says_why(job: MainJob) -> None:
    reasons = dict(job.sql("select tier, why from duplicates where place = 1"))
    assert reasons["near"] == "lossless (png)"
    assert reasons["same_pixels"].startswith("the same pixels in fewer bytes")


def test_like_hashes_of_other_colors_and_blank_pages_are_no_duplicates(job: MainJob) -> None:
    alike = job.sql(
        "select one.file_name, other.file_name from image.perceptual_hash as a "
        "inner join image.perceptual_hash as b on a.image_id < b.image_id "
        "and bit_count(xor(('0x' || a.phash)::ubigint, ('0x' || b.phash)::ubigint)) <= 7 "
        "inner join images as one on one.image_id = a.image_id "
        "inner join images as other on other.image_id = b.image_id "
        "where one.file_name in ('red.png', 'green.png', 'page1.png', 'page2.png')"
    )
    assert alike, "this test is about pictures with like hashes"
    named = {name for tier in groups(job).values() for names in tier for name in names}
    assert not named & {"red.png", "green.png", "page1.png", "page2.png", "lake.jpg", "field.png"}


def test_a_second_look_compares_and_writes_nothing(job: MainJob) -> None:
    before = {table: job.store.files(f"search/{table}") for table in TABLES}
    (ended,) = job.carry_out([dg.RunRequest(job_name="refresh_search")])
    assert ended is dg.DagsterRunStatus.SUCCESS
    assert {table: job.store.files(f"search/{table}") for table in TABLES} == before


TABLES = ("duplicates", "similar_pairs", "pixel_digests")
