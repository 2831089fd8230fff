"""Which engine turns pictures into vectors: an open_clip model, or the built-in descriptor.

The choice is made from the settings and the disk without loading anything; see ``open_encoder`` for
how a vector that was made earlier, perhaps by another model, is compared with a query of today.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.embedding import builtin_visual_descriptor
from resources.embedding.builtin_visual_descriptor import BuiltinImageEncoder
from resources.embedding.chosen_model import chosen_model
from resources.embedding.open_clip_models import OpenClipModel, fetched_models, find_model
from resources.models.failures import ModelUnavailable
from resources.models.model_choice import ModelChoice

BUILTIN = "builtin"
IMAGES_PER_CALL_CPU = 8
"""ViT-B-32 on two cores: 1 gives 10 images/s, 8 and more 16; memory grows for nothing."""

IMAGES_PER_CALL_GPU = 64
GPU = Path("/dev/nvidia0")
"""There with the driver: asking torch would mean to load it."""


class ImageEncoder(Protocol):
    """Turns pictures, and mostly texts too, into vectors that may be compared with each other."""

    space: str
    """Vectors may be compared exactly when their spaces are the same text."""
    model: str
    """What ``open_encoder`` opens to encode a query later."""
    dimensions: int
    reads_text: bool
    context_tokens: int | None
    """Longer texts are cut off."""

    def encode_images(self, pictures: Sequence[bytes]) -> NDArray[np.float32]:
        """(N, dimensions) of L2 norm 1 for the JPEGs. Raises OutOfMemory."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, dimensions) of L2 norm 1. Raises ModelUnavailable unless ``reads_text``."""
        ...

    def __hash__(self) -> int: ...


def choose_image_encoder(settings: Settings) -> ModelChoice[ImageEncoder]:
    """What the settings ask for, or why that is impossible (said when it is to be opened)."""
    name, why = wanted_model(settings)
    if name == BUILTIN:
        return builtin_choice(why)
    try:
        model = checked_model(name, settings)
    except ModelUnavailable as error:
        return unavailable(name, error)
    return ModelChoice(
        engine="open_clip",
        version=version("open-clip-torch"),
        parameters=model.parameters,
        load=lambda: open_clip_encoder(model, settings.embedding.device),
        why=f"{model.name}: {why}",
        images_per_call=images_per_call(settings),
    )


def wanted_model(settings: Settings) -> tuple[str, str]:
    """The model's name ("builtin" for none), and the reason for it."""
    wanted = settings.embedding.model
    if wanted != "auto":
        return wanted, "set as embedding.model"
    fetched = fetched_models(settings.media_home)
    chosen = chosen_model(settings.media_home)
    if chosen in fetched:
        return str(chosen), "chosen with media models use"
    if fetched:
        return fetched[0], f"found in {settings.media_home.models}"
    return BUILTIN, "no model here: media models get NAME/TAG, or set embedding.model"


def builtin_choice(why: str) -> ModelChoice[ImageEncoder]:
    """The descriptor that needs no weights."""
    return ModelChoice(
        engine=BUILTIN,
        version=builtin_visual_descriptor.VERSION,
        parameters={"space": builtin_visual_descriptor.SPACE},
        load=BuiltinImageEncoder,
        why=f"built-in visual descriptor: {why}",
        images_per_call=IMAGES_PER_CALL_CPU,
    )


def checked_model(name: str, settings: Settings) -> OpenClipModel:
    """The model's files, if they are those that the settings allow. Raises ModelUnavailable."""
    try:
        version("open-clip-torch")
    except PackageNotFoundError as error:
        raise ModelUnavailable(
            f"{name} needs torch and open_clip: make ai, or set embedding.model = builtin"
        ) from error
    model = find_model(name, settings.media_home)
    pinned = settings.embedding.sha256
    if pinned and pinned != model.weights_sha256:
        raise ModelUnavailable(
            f"{model.weights} has the SHA-256 {model.weights_sha256}, not embedding.sha256 "
            f"({pinned}): fetch the right weights, or change the setting"
        )
    return model


def unavailable(name: str, error: ModelUnavailable) -> ModelChoice[ImageEncoder]:
    """A choice that says why, each time it is to be opened: images wait, nothing is made up."""
    parameters = {"space": None, "model": name}
    return ModelChoice("open_clip", "", parameters, refusing(error), str(error))


def refusing(error: ModelUnavailable) -> Callable[[], NoReturn]:
    """A ``load`` that says why there is no model."""

    def refuse() -> NoReturn:
        raise error

    return refuse


def images_per_call(settings: Settings) -> int:
    """How many pictures the network gets at once."""
    wanted = settings.embedding.images_per_call
    if wanted != "auto":
        return wanted
    has_gpu = settings.embedding.device != "cpu" and GPU.exists()
    return IMAGES_PER_CALL_GPU if has_gpu else IMAGES_PER_CALL_CPU


def open_clip_encoder(model: OpenClipModel, device: str) -> ImageEncoder:
    """The loaded model; torch is imported here and not before."""
    from resources.embedding.open_clip_encoder import open_model

    return open_model(model, device)


def open_encoder(space: str, model: str, settings: Settings) -> ImageEncoder:
    """The encoder whose vectors are those of ``space``, made earlier by ``model``.

    Raises ModelUnavailable when the model is gone, or is another one by now.
    """
    if space == builtin_visual_descriptor.SPACE:
        return BuiltinImageEncoder()
    for name in dict.fromkeys([wanted_model(settings)[0], model]):
        found = find_in_space(name, space, settings.media_home)
        if found:
            return open_clip_encoder(found, settings.embedding.device)
    raise ModelUnavailable(
        f"the vectors of {space} were made by {model}, which is no longer here as it was: bring "
        "its weights back, or switch search to another space (media models status)"
    )


def find_in_space(name: str, space: str, home: MediaHome) -> OpenClipModel | None:
    """The model of that name if its vectors are those of ``space``."""
    if name == BUILTIN:
        return None
    try:
        model = find_model(name, home)
    except ModelUnavailable:
        return None
    return model if model.space == space else None
