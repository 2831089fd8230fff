"""Fetches open_clip models into ``<home>/models``: the only place that asks the model hub.

Only when a person asks for it (``media models get``). The hub is the one that huggingface_hub is
set to: HF_ENDPOINT names a mirror, HF_TOKEN logs in, HF_HUB_OFFLINE=1 forbids it.
"""

import difflib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resources.configuration.media_home import MediaHome
from resources.embedding.open_clip_encoder import open_model, quiet_logs
from resources.embedding.open_clip_models import (
    CONFIG,
    ModelMissing,
    OpenClipModel,
    find_model,
    folder_name,
    published_tag,
)
from resources.embedding.torchvision_fallback import import_torchvision
from resources.models.failures import ModelUnavailable
from resources.models.model_files import FIRST_CHOICE

SUGGESTIONS = 5


class DownloadFailed(ModelUnavailable):
    """The model hub did not give what was asked for; the message says why and what else to do."""


def known_models() -> list[str]:
    """NAME/TAG of every model that open_clip knows and the hub has."""
    import_torchvision()
    import open_clip

    pairs = [(name, tag) for name, tag in open_clip.list_pretrained()]
    return sorted(
        f"{name}/{tag}" for name, tag in pairs if open_clip.get_pretrained_cfg(name, tag)["hf_hub"]
    )


def fetch_model(name: str, home: MediaHome) -> OpenClipModel:
    """Download NAME/TAG, prove that it can be opened, and put it in place.

    Killed half-way it goes on where it was. Raises ModelMissing for an unknown name,
    DownloadFailed, and ModelUnavailable for what open_clip cannot open.
    """
    target = home.models / folder_name(name)
    if target.is_dir():
        return find_model(name, home)
    tag = published_tag(name)
    if tag is None:
        close = difflib.get_close_matches(name, known_models(), SUGGESTIONS, cutoff=0.3)
        raise ModelMissing(
            f"open_clip knows no model {name!r}. Close to it: {', '.join(close) or 'none'}. "
            "All: media models get --list"
        )
    draft = home.models / f".{target.name}.partial"
    draft.mkdir(parents=True, exist_ok=True)
    weights = download(tag, draft, target)
    weights.rename(draft / FIRST_CHOICE)
    describe(name, tag, draft)
    open_model.cache_clear()
    open_model(find_model(str(draft), home), "cpu")
    shutil.rmtree(draft / ".cache", ignore_errors=True)
    draft.rename(target)
    return find_model(name, home)


def download(tag: Mapping[str, Any], draft: Path, target: Path) -> Path:
    """The weights, in ``draft``. Raises DownloadFailed."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled
    from huggingface_hub.errors import RemoteEntryNotFoundError as NotThere

    reason: Exception | None = None
    for filename in tag["filenames"]:
        try:
            return Path(hf_hub_download(tag["repository"], filename, local_dir=draft))
        except NotThere as error:
            reason = error  # another name may be there
        except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
            reason = error
            break
    raise DownloadFailed(
        f"{tag['repository']} cannot be fetched from {ENDPOINT}: {reason}. Without a network: "
        f"fetch {tag['filenames'][0]} elsewhere and put it with an {CONFIG} into {target}, or "
        "name such a folder as embedding.model"
    ) from reason


def describe(name: str, tag: Mapping[str, Any], folder: Path) -> None:
    """Write the configuration that makes ``folder`` a model that needs nothing else."""
    import open_clip

    architecture = name.partition("/")[0]
    model: dict[str, Any] = open_clip.get_model_config(architecture)
    if tag["quick_gelu"]:
        model["quick_gelu"] = True
    if model["text_cfg"].get("hf_tokenizer_name"):
        save_tokenizer(architecture, folder)
    config = {"model_cfg": model, "preprocess_cfg": tag["preprocessing"]}
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n")


def save_tokenizer(architecture: str, folder: Path) -> None:
    """Fetch the tokenizer that is kept apart from the weights. Raises ModelUnavailable."""
    import open_clip

    try:
        with quiet_logs():
            open_clip.get_tokenizer(architecture).tokenizer.save_pretrained(str(folder))
    except ImportError as error:
        raise ModelUnavailable(
            f"the tokenizer of {architecture} needs another package: pip install transformers"
        ) from error
    except OSError as error:
        raise DownloadFailed(
            f"the tokenizer of {architecture} cannot be fetched: {error}"
        ) from error
