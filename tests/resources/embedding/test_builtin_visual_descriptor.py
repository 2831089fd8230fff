import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, UnidentifiedImageError

from resources.embedding.builtin_visual_descriptor import DIMENSIONS, BuiltinImageEncoder
from resources.models.failures import ModelUnavailable
from tests.models.drawn_pictures import png, pngs
from tests.models.shapes import DRAWINGS
from tests.support.metadata_files import scene


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def test_vectors_are_float32_of_norm_1_also_for_a_blank_picture() -> None:
    blank = jpeg(Image.new("RGB", (40, 30), "white"))
    vectors = BuiltinImageEncoder().encode_images([blank, jpeg(scene(300, 200))])

    assert (vectors.shape, vectors.dtype) == ((2, DIMENSIONS), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_smaller_a_coarser_and_a_brighter_copy_are_nearer_than_any_other_picture() -> None:
    picture = scene(800, 600)
    copies = [
        jpeg(picture.resize((200, 150))),
        jpeg(picture, quality=30),
        jpeg(ImageEnhance.Brightness(picture).enhance(1.1)),
    ]
    others = pngs(DRAWINGS[::30])
    vectors = BuiltinImageEncoder().encode_images([jpeg(picture), *copies, *others])
    cosines = vectors[1:] @ vectors[0]

    assert min(cosines[:3]) > 0.9
    assert max(cosines[3:]) < min(cosines[:3])


def test_the_same_shape_in_the_same_colors_is_the_nearest_drawing() -> None:
    drawings = DRAWINGS[::11]
    encoder = BuiltinImageEncoder()
    known, asked = (
        encoder.encode_images([png(one, seed=seed) for one in drawings]) for seed in (1, 2)
    )
    found = (asked @ known.T).argmax(axis=1)

    assert (found == np.arange(len(drawings))).mean() > 0.9


def test_what_is_no_picture_is_an_error() -> None:
    with pytest.raises(UnidentifiedImageError):
        BuiltinImageEncoder().encode_images([b"no picture"])


def test_words_are_refused_with_advice() -> None:
    with pytest.raises(ModelUnavailable, match="media models get"):
        BuiltinImageEncoder().encode_texts(["a dog"])
