"""Pictures that are small enough already are not drawn anew."""

import pyvips

from resources.decoding.renditions import smaller, untagged


def soft_picture(width: int, height: int) -> pyvips.Image:
    bands = [pyvips.Image.perlin(width, height, seed=seed) * 60 + 128 for seed in (1, 2, 3)]
    picture = bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")
    return picture.copy_memory()


def test_a_picture_that_is_small_enough_stays_as_it_is_to_the_pixel() -> None:
    picture = soft_picture(320, 240)
    same = smaller(picture, 512)
    drawn = picture.thumbnail_image(512, height=512, size="down")
    assert same.write_to_memory() == drawn.write_to_memory() == picture.write_to_memory()


def test_a_larger_one_is_shrunk() -> None:
    shrunk = smaller(soft_picture(320, 240), 128)
    assert (shrunk.width, shrunk.height) == (128, 96)


def test_nothing_that_a_file_said_is_left_on_the_pixels() -> None:
    tagged = soft_picture(8, 8).copy()
    tagged.set_type(pyvips.GValue.gint_type, "orientation", 6)
    tagged.set_type(pyvips.GValue.blob_type, "icc-profile-data", b"a profile")
    bare = untagged(tagged)
    assert not {"orientation", "icc-profile-data"} & set(bare.get_fields())
    assert tagged.get_typeof("orientation"), "the picture given stays as it is"
