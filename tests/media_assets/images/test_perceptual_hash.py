import numpy as np
import pytest
from PIL import Image, ImageEnhance

from media_assets.images.perceptual_hash import dhash, make_perceptual_hash, phash
from tests.media_assets.conftest import MakeSource, encoded
from tests.support.metadata_files import scene, thumbnails_of


def hashes(make_source: MakeSource, picture: Image.Image | bytes) -> tuple[int, int]:
    source = make_source(picture)
    found = make_perceptual_hash(source, thumbnails_of(source))
    assert len(found.phash) == len(found.dhash) == 16
    return int(found.phash, 16), int(found.dhash, 16)


NEAR = {
    "resized": lambda picture: picture.resize((450, 300)),
    "enlarged": lambda picture: picture.resize((1500, 1000)),
    "recompressed": lambda picture: encoded(picture, "JPEG", quality=30),
    "brightened": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "another format": lambda picture: encoded(picture, "WEBP", quality=60),
}


@pytest.mark.parametrize("change", NEAR)
def test_a_near_duplicate_is_within_a_few_bits(make_source: MakeSource, change: str) -> None:
    picture = scene(900, 600)
    original = hashes(make_source, picture)
    changed = hashes(make_source, NEAR[change](picture))
    assert (original[0] ^ changed[0]).bit_count() <= 6
    assert (original[1] ^ changed[1]).bit_count() <= 6


def test_other_pictures_are_far_away(make_source: MakeSource) -> None:
    found = [hashes(make_source, scene(300, 200, seed=seed)) for seed in range(8)]
    pairs = [(one, other) for place, one in enumerate(found) for other in found[:place]]
    assert min((one[0] ^ other[0]).bit_count() for one, other in pairs) >= 12
    assert min((one[1] ^ other[1]).bit_count() for one, other in pairs) >= 12


def test_a_gradient_has_the_hash_that_imagehash_gives_it() -> None:
    """Values of ImageHash 4.3.2 (phash, dhash) for these pixels."""
    y, x = np.mgrid[:64, :64]
    picture = Image.fromarray(((x * 3 + y * y // 20) % 256).astype(np.uint8))
    assert (phash(picture), dhash(picture)) == ("81386a95a74a37ed", "fffffffffefcf1c7")


def test_a_flat_picture_has_a_hash_too(make_source: MakeSource) -> None:
    assert hashes(make_source, Image.new("RGB", (50, 50), (9, 9, 9)))[1] == 0
