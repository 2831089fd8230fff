"""Decides who writes about pictures, from the settings and from what is on the disk.

Nothing is loaded for that. Files of models are identified by their content: a swapped file makes
the texts stale that the old one wrote, and SQL says which hash has changed.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Generic

from resources.configuration.language_settings import LanguageModelSettings
from resources.configuration.settings import Settings
from resources.language import builtin_texts, llama_model
from resources.language.asked_pictures import AskedPictures
from resources.language.bulk_answers import BulkAnswers, BulkFirstModel
from resources.language.endpoint_client import Endpoint
from resources.language.json_grammar import answer_grammar
from resources.language.language_endpoint import ChatOptions, opened_endpoint
from resources.language.language_model import ATTEMPTS
from resources.language.llama_model import LlamaOptions, opened_llama
from resources.language.picture_answers import A
from resources.language.picture_facts import PictureFacts
from resources.language.picture_writer import BuiltinWriter, ModelWriter, Writer
from resources.models.failures import ModelUnavailable
from resources.models.model_choice import ADDRESS, ModelChoice
from resources.models.model_files import RememberedFacts
from resources.rows.row_store import RowStore

BUILTIN = "builtin"
ENDPOINT = "endpoint"
NOT_INSTALLED = "not installed"

BUILTIN_IMAGES_PER_CALL = 100
"""It costs microseconds."""


@dataclass(frozen=True)
class Assignment(Generic[A]):
    """What is to be written: the form of the answer, our prompt, and the engine without a model.

    ``asset`` is the name of the derivative, ``told`` names those that the question tells of.
    """

    asset: str
    answer: type[A]
    prompt: Path
    compose: Callable[[PictureFacts], A]
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """Instructions to a model, and what identifies them."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, 64 hex digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def choose_writer(
    settings: Settings, assignment: Assignment[A], own_prompt: Path | None
) -> ModelChoice[Writer[A]]:
    """The writer that the settings ask for. ``own_prompt`` replaces our instructions."""
    language = settings.language_model
    if language.engine == "builtin" or (
        language.engine == "auto" and language.model is None and language.endpoint_url is None
    ):
        return builtin_choice(language, assignment)
    prompt = read_prompt(own_prompt or assignment.prompt)
    common = {
        "prompt": prompt.name,
        "prompt_sha256": prompt.sha256,
        "answer_sha256": answer_sha256(assignment.answer),
        "seed": language.seed,
        "temperature": 0,
        "max_tokens": language.max_tokens,
    }
    if language.engine == "endpoint" or language.model is None:
        return endpoint_choice(settings, assignment, prompt, common)
    return llama_choice(settings, assignment, prompt, common)


def builtin_choice(
    language: LanguageModelSettings, assignment: Assignment[A]
) -> ModelChoice[Writer[A]]:
    """Measured facts, composed."""
    asked = language.engine == "builtin"
    return ModelChoice(
        engine=BUILTIN,
        version=builtin_texts.VERSION,
        parameters={"wording": builtin_texts.VERSION},
        load=lambda: BuiltinWriter(assignment.compose),
        why="language_model.engine is builtin: measured facts, composed"
        if asked
        else "no language model configured: set language_model.model and .projector (GGUF files), "
        "or language_model.endpoint_url",
        images_per_call=BUILTIN_IMAGES_PER_CALL,
    )


def llama_choice(
    settings: Settings, assignment: Assignment[A], prompt: Prompt, common: dict[str, object]
) -> ModelChoice[Writer[A]]:
    """A GGUF model in this process."""
    language = settings.language_model
    hashes = RememberedFacts(settings.media_home)
    model, projector = GgufFile(language.model, hashes), GgufFile(language.projector, hashes)
    options = LlamaOptions(
        model.path,
        projector.path,
        model.sha256,
        projector.sha256,
        seed=language.seed,
        max_tokens=language.max_tokens,
        context_tokens=language.context_tokens,
        threads=language.threads or len(os.sched_getaffinity(0)),
        gpu_layers=language.gpu_layers,
    )
    pins = ((model, language.model_sha256), (projector, language.projector_sha256))

    def load() -> Writer[A]:
        for file, pinned in pins:
            file.check(pinned)
        return ModelWriter(
            opened_llama(options),
            prompt.text,
            assignment.answer,
            language.seconds,
            answer_bytes=language.answer_bytes,
        )

    return ModelChoice(
        engine=llama_model.ENGINE,
        version=installed_version("llama-cpp-python"),
        parameters={
            **common,
            "model": model.path.name,
            "model_sha256": model.sha256,
            "projector_sha256": projector.sha256,
            "context_tokens": language.context_tokens,
        },
        load=load,
        why=f"language_model.model is {model.path}",
    )


def endpoint_choice(
    settings: Settings, assignment: Assignment[A], prompt: Prompt, common: dict[str, object]
) -> ModelChoice[Writer[A]]:
    """A model behind a server."""
    language = settings.language_model
    url = str(language.endpoint_url)
    endpoint = Endpoint(
        url,
        language.endpoint_key,
        language.requests_per_minute,
        settings.media_home.locks / "language_endpoint.sqlite",
    )
    options = ChatOptions(
        language.endpoint_model,
        language.seed,
        language.max_tokens,
        None if language.endpoint_format == "auto" else language.endpoint_format,
    )

    def load() -> Writer[A]:
        known = BulkAnswers(RowStore(settings.media_home.rows))
        model = BulkFirstModel(opened_endpoint(endpoint, options), options, known)
        asked = AskedPictures(settings.media_home, assignment.asset, known, assignment.told)
        return ModelWriter(
            model,
            prompt.text,
            assignment.answer,
            language.seconds,
            asked.claim,
            asked.close,
            language.answer_bytes,
        )

    return ModelChoice(
        engine=ENDPOINT,
        version=f"httpx2 {installed_version('httpx2')}",
        parameters={
            **common,
            **identity(url, language.endpoint_model, language.endpoint_digest),
        },
        load=load,
        why=f"language_model.endpoint_url is {url}",
        images_per_call=language.parallel_requests,
    )


def identity(url: str, model: str | None, digest: str | None) -> dict[str, object]:
    """What tells a server's model from others: its name, and its digest where that is set.

    Without a name it is what is at the address. A server that moves, or is reached by another name,
    makes no text stale.
    """
    named: dict[str, object] = {"model": model} if model else {ADDRESS: url, "model": None}
    return {**named, "digest": digest} if digest else named


@dataclass(frozen=True)
class GgufFile:
    """One of the two files of a model, which may be missing for now."""

    given: Path | None
    hashes: RememberedFacts

    @property
    def path(self) -> Path:
        """The file, absolute."""
        if self.given is None:
            raise ModelUnavailable("language_model.model and .projector belong together: set both")
        return self.given.expanduser().resolve()

    @cached_property
    def sha256(self) -> str | None:
        """Of the content, 64 hex digits; None while the file is missing."""
        try:
            return self.hashes.sha256(self.path)
        except FileNotFoundError:
            return None

    def check(self, pinned: str | None) -> None:
        """Raise ModelUnavailable when the file is missing, or is not the one that is pinned."""
        if self.sha256 is None:
            raise ModelUnavailable(
                f"{self.path} does not exist: set language_model.model to a file"
            )
        if pinned and self.sha256 != pinned:
            raise ModelUnavailable(
                f"{self.path} has the SHA-256 {self.sha256}, but the settings accept only {pinned}"
            )


def read_prompt(path: Path) -> Prompt:
    """The instructions in a file. Raises ModelUnavailable when it cannot be read."""
    try:
        return Prompt(path.name, path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ModelUnavailable(f"the prompt {path} cannot be read: {error}") from error


def answer_sha256(answer: type[A]) -> str:
    """Identifies the form of the answer: its grammar at every attempt."""
    grammars = "".join(answer_grammar(answer, caps) for caps in ATTEMPTS)
    return hashlib.sha256(grammars.encode()).hexdigest()


def installed_version(package: str) -> str:
    """The version of a package, or "not installed"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return NOT_INSTALLED
