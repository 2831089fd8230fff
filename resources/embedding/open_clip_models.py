"""Where an open_clip model is on this machine, found without loading torch or open_clip.

A model is named by a folder (``open_clip_config.json`` and one safetensors file, as
``media models get`` or ``open_clip.push_to_hf_hub`` write it), or by NAME/TAG, such as
``ViT-B-32/laion2b_s34b_b79k``: looked for in ``<home>/models``, then in the local Hugging Face
cache. Nothing is ever downloaded here.

The space of its vectors is named after the weights and the preprocessing: the same name means that
vectors may be compared, wherever the files are.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from resources.configuration.media_home import MediaHome
from resources.models.failures import ModelUnavailable
from resources.models.model_files import RememberedFacts, weights_in

CONFIG = "open_clip_config.json"
MERGES = "bpe.txt.gz"
"""A tokenizer's own byte-pair merges, where it does not use CLIP's."""

PREPROCESSING = {
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}
"""open_clip's own defaults (open_clip.transform.PreprocessCfg) for what a config leaves out."""

NAME_AND_TAG = re.compile(r"[\w.-]+/[\w.-]+")


class ModelMissing(ModelUnavailable):
    """The model that the settings name is not on this machine."""


@dataclass(frozen=True)
class OpenClipModel:
    """One model's files, and all that decides what its vectors are."""

    name: str
    """What settings call it: NAME/TAG, or a folder."""
    space: str
    weights: Path
    weights_sha256: str
    folder: Path | None
    """Where its ``open_clip_config.json`` is; None when open_clip itself knows NAME."""
    preprocessing: Mapping[str, Any] = field(hash=False)
    quick_gelu: bool = False

    @property
    def parameters(self) -> dict[str, object]:
        """What takes part in a row's fingerprint."""
        return {
            "space": self.space,
            "weights_sha256": self.weights_sha256,
            "preprocessing": dict(self.preprocessing),
        }


def find_model(name: str, home: MediaHome) -> OpenClipModel:
    """The model that ``name`` means on this machine.

    Raises ModelMissing, or PickledWeights and WeightsMissing for a folder that cannot be used.
    """
    folder = Path(name).expanduser()
    if folder.is_absolute() or folder.is_dir():
        return in_folder(name, folder, home)
    fetched = home.models / folder_name(name)
    if fetched.is_dir():
        return in_folder(name, fetched, home)
    if not NAME_AND_TAG.fullmatch(name):
        raise ModelMissing(
            f"embedding.model {name!r} is no folder here, and no NAME/TAG such as "
            "ViT-B-32/laion2b_s34b_b79k"
        )
    return in_hugging_face_cache(name, home)


def folder_name(name: str) -> str:
    """The folder below ``<home>/models`` for NAME/TAG."""
    return name.replace("/", "--")


def fetched_models(home: MediaHome) -> list[str]:
    """NAME/TAG of every model in ``<home>/models``, by name."""
    configs = sorted(home.models.glob(f"[!.]*/{CONFIG}"))
    return [config.parent.name.replace("--", "/") for config in configs]


def in_folder(name: str, folder: Path, home: MediaHome) -> OpenClipModel:
    """The model in an open_clip "local-dir"."""
    config = read_config(folder)
    described: Mapping[str, Any] = config["model_cfg"]
    memory = RememberedFacts(home)
    weights = weights_in(folder)
    weights_sha256 = memory.sha256(weights)
    merges = folder / MERGES
    preprocessing = {
        **preprocessing_of(config.get("preprocess_cfg", {})),
        "image_size": described["vision_cfg"].get("image_size"),
        "quick_gelu": bool(described.get("quick_gelu")),
        "tokenizer": memory.sha256(merges) if merges.exists() else None,
    }
    words = name if NAME_AND_TAG.fullmatch(name) else f"open-clip-{described['embed_dim']}d"
    space = space_name(words, weights_sha256, preprocessing)
    return OpenClipModel(name, space, weights, weights_sha256, folder, preprocessing)


def read_config(folder: Path) -> dict[str, Any]:
    """What ``open_clip_config.json`` says. Raises ModelMissing."""
    path = folder / CONFIG
    try:
        config: dict[str, Any] = json.loads(path.read_text())
        config["model_cfg"]["vision_cfg"], config["model_cfg"]["embed_dim"]
    except FileNotFoundError as error:
        raise ModelMissing(
            f"{folder} holds no {CONFIG}: name the folder of an open_clip model, or fetch one with "
            "media models get NAME/TAG"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelMissing(f"{path} does not describe an open_clip model: {error}") from error
    return config


def preprocessing_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Those of open_clip's preprocessing settings that change pixels, defaults filled in."""
    found = {key: config.get(key, default) for key, default in PREPROCESSING.items()}
    return {key: list(v) if isinstance(v, tuple) else v for key, v in found.items()}


def in_hugging_face_cache(name: str, home: MediaHome) -> OpenClipModel:
    """The model NAME/TAG whose weights another program has already downloaded."""
    from huggingface_hub import try_to_load_from_cache

    key = f"open_clip {version('open-clip-torch')} {name}"
    tag = RememberedFacts(home).get(key, lambda: published_tag(name))
    if tag is None:
        raise ModelMissing(
            f"open_clip knows no model {name!r}: media models get --list shows those it knows"
        )
    for filename in tag["filenames"]:
        weights = try_to_load_from_cache(tag["repository"], filename)
        if isinstance(weights, str):
            return in_cache(name, Path(weights), tag, home)
    raise ModelMissing(
        f"the weights of {name} are not on this machine: media models get {name}, or set "
        "embedding.model = builtin"
    )


def in_cache(name: str, weights: Path, tag: Mapping[str, Any], home: MediaHome) -> OpenClipModel:
    """The model of a published tag with weights that are here already."""
    weights_sha256 = RememberedFacts(home).sha256(weights)
    preprocessing = {
        **tag["preprocessing"],
        "image_size": tag["image_size"],
        "quick_gelu": tag["quick_gelu"],
        "tokenizer": None,
    }
    space = space_name(name, weights_sha256, preprocessing)
    return OpenClipModel(
        name, space, weights, weights_sha256, None, preprocessing, tag["quick_gelu"]
    )


def published_tag(name: str) -> dict[str, Any] | None:
    """What open_clip's list says of NAME/TAG: repository, safetensors names, preprocessing.

    None when it is not in the list. Imports open_clip, which takes seconds: remember the answer.
    """
    from resources.embedding.torchvision_fallback import import_torchvision

    import_torchvision()
    import open_clip

    architecture, _, tag = name.partition("/")
    published = open_clip.get_pretrained_cfg(architecture, tag)
    config = open_clip.get_model_config(architecture)
    if not published or not config or not published.get("hf_hub"):
        return None
    repository, _, filename = published["hf_hub"].rpartition("/")
    safe = [f"{Path(filename).stem}.safetensors"] if filename else []
    return {
        "repository": repository,
        "filenames": [*safe, "open_clip_model.safetensors"],
        "preprocessing": preprocessing_of(published),
        "image_size": config["vision_cfg"].get("image_size"),
        "quick_gelu": bool(published.get("quick_gelu") or config.get("quick_gelu")),
    }


def space_name(words: str, weights_sha256: str, preprocessing: Mapping[str, Any]) -> str:
    """Like ``vit-b-32-laion2b-s34b-b79k-1a2b3c4d``: [a-z0-9-], at most 72 characters."""
    what = json.dumps([weights_sha256, preprocessing], sort_keys=True)
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:63]
    return f"{slug}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"
