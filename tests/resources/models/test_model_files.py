import os
from pathlib import Path

import pytest

from resources.configuration.media_home import MediaHome
from resources.models import model_files
from resources.models.model_files import PickledWeights, RememberedFacts, WeightsMissing, weights_in

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def memory(tmp_path: Path) -> RememberedFacts:
    return RememberedFacts(MediaHome(tmp_path / "home"))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were really read."""
    read: list[Path] = []
    really = model_files.sha256_of_file

    def counted(path: Path) -> str:
        read.append(path)
        return really(path)

    monkeypatch.setattr(model_files, "sha256_of_file", counted)
    return read


def test_a_file_is_hashed_once_for_all_processes(
    memory: RememberedFacts, hashed: list[Path], tmp_path: Path
) -> None:
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"abc")

    assert memory.sha256(weights) == ABC
    assert RememberedFacts(MediaHome(tmp_path / "home")).sha256(weights) == ABC
    assert hashed == [weights]


def test_a_changed_file_of_the_same_size_and_time_is_hashed_again(
    memory: RememberedFacts, tmp_path: Path
) -> None:
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"abd")
    state = weights.stat()
    assert memory.sha256(weights) != ABC
    weights.write_bytes(b"abc")
    os.utime(weights, ns=(state.st_atime_ns, state.st_mtime_ns))

    assert memory.sha256(weights) == ABC


def test_a_torn_memory_is_only_a_cache(memory: RememberedFacts, tmp_path: Path) -> None:
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"abc")
    memory.sha256(weights)
    (tmp_path / "home" / "models" / "remembered.json").write_text('{"sha256')

    assert memory.sha256(weights) == ABC


def test_the_one_safetensors_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    assert weights_in(tmp_path).name == "model.safetensors"


@pytest.mark.parametrize(
    ("files", "expected", "words"),
    [
        ([], WeightsMissing, "no .safetensors file"),
        (["a.safetensors", "b.safetensors"], WeightsMissing, "a.safetensors, b.safetensors"),
        (["open_clip_pytorch_model.bin"], PickledWeights, "convert it to safetensors"),
        (["model.pt"], PickledWeights, "can run any code"),
        (["model.safetensors", "open_clip_pytorch_model.bin"], PickledWeights, "remove it"),
    ],
    ids=["nothing", "a_choice", "a_pickle", "torchs_pickle", "a_pickle_that_open_clip_prefers"],
)
def test_other_folders_are_refused_with_advice(
    tmp_path: Path, files: list[str], expected: type[Exception], words: str
) -> None:
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(expected, match=words):
        weights_in(tmp_path)


def test_a_pickle_beside_the_name_that_open_clip_prefers_is_no_danger(tmp_path: Path) -> None:
    for name in ("open_clip_model.safetensors", "open_clip_pytorch_model.bin"):
        (tmp_path / name).touch()
    assert weights_in(tmp_path).name == "open_clip_model.safetensors"
