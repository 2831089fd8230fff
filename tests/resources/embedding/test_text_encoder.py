import shutil
from pathlib import Path

import numpy as np
import pytest

from resources.configuration.settings import Settings
from resources.embedding.builtin_text_descriptor import BuiltinTextEncoder
from resources.embedding.text_encoder import (
    PIECES_AT_MOST,
    choose_text_encoder,
    encode_documents,
    open_text_encoder,
    pieces_of,
)
from resources.models.failures import ModelUnavailable
from tests.models.drawn_pictures import TINY_CLIP

SENTENCES = [
    "a red bicycle leans against the wall of a house",
    "bicycles and riders in the evening sun",
    "an invoice for three boxes of paper",
    "Facture: trois boîtes de papier",
]


def with_texts(home: Path, model: str = "auto", pictures: str = "builtin") -> Settings:
    return Settings(
        home=home,
        text_embedding={"model": model},  # type: ignore[arg-type]
        embedding={"model": pictures},  # type: ignore[arg-type]
    )


def test_builtin_vectors_have_norm_1_and_know_words_and_their_forms() -> None:
    vectors = BuiltinTextEncoder().encode_texts(SENTENCES)
    cosines = vectors @ vectors.T

    assert (vectors.dtype, vectors.shape) == (np.float32, (4, 512))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert cosines[0, 1] > cosines[0, 2] + 0.05  # bicycle, bicycles
    assert cosines[2, 3] > cosines[1, 3]  # paper, papier


def test_builtin_vectors_are_the_same_in_every_process_and_version() -> None:
    """They are stored: Python's own hash would change from process to process."""
    (vector,) = BuiltinTextEncoder().encode_texts(["Straße"])
    (same,) = BuiltinTextEncoder().encode_texts(["STRASSE"])
    assert np.array_equal(vector, same)
    assert np.flatnonzero(vector)[:4].tolist() == [38, 46, 88, 137]


def test_a_document_counts_its_parts_alike_and_skips_empty_ones() -> None:
    encoder = BuiltinTextEncoder()
    caption, page = "a red barn in snow", " ".join(["invoice paper box"] * 200)
    both, same, nothing = encode_documents(
        encoder, [[caption, page], [caption, "", page], ["", " "]]
    )
    assert both is not None
    assert same is not None
    parts = encoder.encode_texts([caption, page])

    assert both @ parts[0] == pytest.approx(both @ parts[1], abs=0.05)
    assert np.array_equal(both, same)
    assert nothing is None
    assert encode_documents(encoder, []) == []


def test_a_long_text_is_read_in_pieces_to_a_limit() -> None:
    text = " ".join(f"word{number}" for number in range(5000))
    pieces = pieces_of(text, 77)

    assert len(pieces) == PIECES_AT_MOST
    assert all(len(piece.split()) == 46 for piece in pieces)
    assert pieces_of("three short words", 77) == ["three short words"]
    assert pieces_of(text, None) == [text]


def test_the_text_half_of_the_picture_model_reads_beyond_its_context(tmp_path: Path) -> None:
    choice = choose_text_encoder(with_texts(tmp_path, pictures=str(TINY_CLIP)))
    encoder = choice.load()
    ends = ["a red star on a black background", "a green ring on a white background"]
    padding = "a picture of " * 10
    alike = encode_documents(encoder, [[padding + end] for end in ends])
    plain = encode_documents(encoder, [[end] for end in ends])

    assert choice.engine == "open_clip"
    assert encoder.context_tokens == 16
    assert np.argmax([plain[0] @ vector for vector in alike]) == 0  # type: ignore[operator]
    assert np.argmax([plain[1] @ vector for vector in alike]) == 1  # type: ignore[operator]


@pytest.mark.parametrize(
    ("model", "pictures", "engine"),
    [
        ("auto", "builtin", "builtin"),
        ("builtin", str(TINY_CLIP), "builtin"),
        ("auto", str(TINY_CLIP), "open_clip"),
    ],
    ids=["without_a_picture_model", "asked_for", "with_a_picture_model"],
)
def test_the_engine_follows_the_settings(
    tmp_path: Path, model: str, pictures: str, engine: str
) -> None:
    choice = choose_text_encoder(with_texts(tmp_path, model, pictures))
    encoder = choice.load()

    assert choice.engine == engine
    assert encoder.space == choice.parameters["space"]
    again = open_text_encoder(encoder.space, encoder.model, with_texts(tmp_path))
    assert again.space == encoder.space


def test_a_folder_of_sentence_transformers_needs_the_package_and_safetensors(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "sentences"
    for words in ("modules.json", "pickled checkpoint", "pip install sentence-transformers"):
        with pytest.raises(ModelUnavailable, match=words):
            choose_text_encoder(with_texts(tmp_path, str(folder))).load()
        if words == "modules.json":
            folder.mkdir()
            (folder / "modules.json").write_text("[]")
            (folder / "pytorch_model.bin").touch()
        else:
            shutil.copy(TINY_CLIP / "open_clip_model.safetensors", folder / "model.safetensors")
