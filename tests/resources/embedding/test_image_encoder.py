"""Which engine is chosen, what is refused, and that a real open_clip model does what it should."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import UnidentifiedImageError

from resources.configuration.settings import Settings
from resources.embedding.chosen_model import choose_model
from resources.embedding.image_encoder import choose_image_encoder, open_encoder
from resources.embedding.open_clip_encoder import OpenClipEncoder, open_model
from resources.embedding.open_clip_models import find_model, published_tag
from resources.models.failures import ModelUnavailable, OutOfMemory
from tests.models.drawn_pictures import TINY_CLIP, pngs
from tests.models.shapes import DRAWINGS

HELD_OUT = [drawing for drawing in DRAWINGS if drawing.is_held_out]
WEIGHTS = "open_clip_model.safetensors"

WithModel = Callable[..., Settings]


@pytest.fixture
def with_model(tmp_path: Path) -> WithModel:
    def settings(model: str | Path = TINY_CLIP, **other: object) -> Settings:
        wanted = {"model": str(model), "device": "cpu", **other}
        return Settings(home=tmp_path / "home", embedding=wanted)  # type: ignore[arg-type]

    return settings


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the tiny model, to be changed."""
    return Path(shutil.copytree(TINY_CLIP, tmp_path / "copied"))


def test_drawings_are_found_by_their_words(with_model: WithModel) -> None:
    """Held-out pairs of color and shape, among all drawings."""
    encoder = choose_image_encoder(with_model()).load()
    pictures = encoder.encode_images(pngs(DRAWINGS))
    texts = encoder.encode_texts([drawing.sentence for drawing in HELD_OUT])
    found = [DRAWINGS[at] for at in (texts @ pictures.T).argmax(axis=1)]

    assert np.mean([one == other for one, other in zip(found, HELD_OUT, strict=True)]) >= 0.95
    for vectors in (pictures, texts):
        assert (vectors.dtype, vectors.shape[1]) == (np.float32, encoder.dimensions)
        assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5


def test_it_gives_what_open_clip_itself_gives(with_model: WithModel) -> None:
    import io

    import open_clip
    import torch
    from PIL import Image

    encoder = choose_image_encoder(with_model()).load()
    network, _, preprocess = open_clip.create_model_and_transforms(
        f"local-dir:{TINY_CLIP}", require_pretrained=True
    )
    pictures = pngs(HELD_OUT[:5])
    with torch.inference_mode():
        pixels = [preprocess(Image.open(io.BytesIO(one)).convert("RGB")) for one in pictures]
        expected = network.eval().encode_image(torch.stack(pixels), normalize=True).numpy()

    assert np.abs(encoder.encode_images(pictures) - expected).max() < 1e-5


def test_nothing_is_loaded_to_choose_and_once_to_encode(with_model: WithModel) -> None:
    first, second = (choose_image_encoder(with_model()) for _ in range(2))
    assert first.parameters == second.parameters
    assert first.load() is second.load()


def test_a_bad_picture_is_an_error_of_its_own(with_model: WithModel) -> None:
    encoder = choose_image_encoder(with_model()).load()
    with pytest.raises(UnidentifiedImageError):
        encoder.encode_images([*pngs(HELD_OUT[:1]), b"no picture"])


def test_running_out_of_memory_is_told_apart(
    with_model: WithModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = choose_image_encoder(with_model()).load()
    assert isinstance(encoder, OpenClipEncoder)

    def allocate(*_: object, **__: object) -> None:
        import torch

        torch.empty(2**60, dtype=torch.uint8)

    monkeypatch.setattr(encoder._network, "encode_image", allocate)
    with pytest.raises(OutOfMemory, match="2 inputs at once"):
        encoder.encode_images(pngs(HELD_OUT[:2]))


def test_equal_weights_in_another_folder_make_the_same_space(
    with_model: WithModel, copied: Path
) -> None:
    here, there = (choose_image_encoder(with_model(path)) for path in (TINY_CLIP, copied))
    assert here.parameters == there.parameters


@pytest.mark.parametrize("what", ["weights", "preprocessing"])
def test_other_weights_or_other_preprocessing_make_another_space(
    with_model: WithModel, copied: Path, what: str
) -> None:
    before = choose_image_encoder(with_model(copied)).parameters["space"]
    if what == "weights":
        content = bytearray((copied / WEIGHTS).read_bytes())
        content[-1] ^= 1
        (copied / WEIGHTS).write_bytes(content)
    else:
        config = json.loads((copied / "open_clip_config.json").read_text())
        config["preprocess_cfg"]["mean"] = [0.4, 0.4, 0.4]
        (copied / "open_clip_config.json").write_text(json.dumps(config))

    assert choose_image_encoder(with_model(copied)).parameters["space"] != before


def test_without_a_model_the_descriptor_is_chosen_and_says_why(with_model: WithModel) -> None:
    choice = choose_image_encoder(with_model("auto"))
    assert (choice.engine, choice.parameters) == ("builtin", {"space": "builtin-visual-1"})
    assert "media models get" in choice.why


def test_auto_means_the_model_chosen_among_the_fetched_ones(with_model: WithModel) -> None:
    settings = with_model("auto")
    for name in ("A--one", "B--two"):
        shutil.copytree(TINY_CLIP, settings.media_home.models / name)

    assert choose_image_encoder(settings).why.startswith("A/one: found in")
    choose_model(settings.media_home, "B/two")
    chosen = choose_image_encoder(settings)
    assert chosen.why.startswith("B/two: chosen")
    assert str(chosen.parameters["space"]).startswith("b-two-")
    assert chosen.load().model == "B/two"


def test_a_model_by_name_and_tag_is_read_from_the_hugging_face_cache(
    with_model: WithModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache is as huggingface_hub writes it; only the architecture is told by open_clip."""
    import huggingface_hub.constants

    cache = tmp_path / "hub"
    tag = published_tag("ViT-B-32/laion2b_s34b_b79k")
    assert tag
    repository = cache / f"models--{tag['repository'].replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    shutil.copy(TINY_CLIP / WEIGHTS, snapshot / WEIGHTS)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))

    choice = choose_image_encoder(with_model("ViT-B-32/laion2b_s34b_b79k"))

    assert str(choice.parameters["space"]).startswith("vit-b-32-laion2b-s34b-b79k-")
    with pytest.raises(ModelUnavailable, match="cannot be opened"):  # they are of another network
        choice.load()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("ViT-B-32/laion2b_s34b_b79k", "media models get ViT-B-32/laion2b_s34b_b79k"),
        ("ViT-B-32/no_such_tag", "media models get --list"),
        ("nonsense", "no folder here"),
        ("/no/such/folder", "holds no open_clip_config.json"),
    ],
    ids=["not_downloaded", "unknown_tag", "neither_folder_nor_name", "missing_folder"],
)
def test_what_is_not_here_is_told_when_it_is_to_be_opened(
    with_model: WithModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, words: str
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    choice = choose_image_encoder(with_model(model))

    assert words in choice.why
    with pytest.raises(ModelUnavailable, match=words):
        choice.load()


def test_a_pickled_checkpoint_is_never_opened(with_model: WithModel, copied: Path) -> None:
    (copied / WEIGHTS).rename(copied / "open_clip_pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="pickled checkpoint"):
        choose_image_encoder(with_model(copied)).load()


def test_weights_that_do_not_fit_are_never_replaced_by_random_ones(
    with_model: WithModel, copied: Path
) -> None:
    config = json.loads((copied / "open_clip_config.json").read_text())
    config["model_cfg"]["vision_cfg"]["layers"] = 2
    (copied / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(ModelUnavailable, match="cannot be opened"):
        choose_image_encoder(with_model(copied)).load()


def test_pinned_weights_must_be_the_ones(with_model: WithModel) -> None:
    sha256 = find_model(str(TINY_CLIP), with_model().media_home).weights_sha256
    assert choose_image_encoder(with_model(sha256=sha256)).load().dimensions == 64
    with pytest.raises(ModelUnavailable, match=r"embedding\.sha256"):
        choose_image_encoder(with_model(sha256="0" * 64)).load()


def test_cuda_where_there_is_none_is_told(
    with_model: WithModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    open_model.cache_clear()
    with pytest.raises(ModelUnavailable, match="no CUDA device"):
        choose_image_encoder(with_model(device="cuda")).load()


def test_a_vector_of_before_is_compared_by_the_model_that_made_it(
    with_model: WithModel, copied: Path
) -> None:
    """While another model is in use already."""
    space = str(choose_image_encoder(with_model(copied)).parameters["space"])
    today = with_model("builtin")

    assert open_encoder(space, str(copied), today).space == space
    assert open_encoder("builtin-visual-1", "builtin", with_model(copied)).dimensions == 256
    assert open_encoder(space, "/moved/away", with_model(copied)).space == space
    with pytest.raises(ModelUnavailable, match="media models status"):
        open_encoder("elsewhere-1a2b3c4d", str(copied), today)
