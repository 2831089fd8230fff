"""A vision-language model in this process: any GGUF file with its projector, by llama.cpp.

llama-cpp-python is imported when a model is opened, never before. It is given the grammar of the
answer, a seed and temperature 0, so that the same files and the same question give the same text.
"""

import atexit
import base64
import ctypes
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from resources.language.json_grammar import Caps, answer_grammar
from resources.language.language_model import AnswerTimeout
from resources.language.model_questions import CLOSING_WORDS, Question, Reply
from resources.language.picture_answers import A
from resources.models.failures import ModelUnavailable

ENGINE = "llama-cpp-python"

GGUF_MAGIC = b"GGUF"
"""How such a file begins; anything else could be a pickle, which is never opened."""

logger = logging.getLogger(__name__)


class RefusedGrammar(RuntimeError):
    """llama.cpp does not take a grammar of ours, and would crash the process if it were used."""


class PromptTooLong(RuntimeError):
    """The question and the picture leave no room for an answer."""


@dataclass(frozen=True)
class LlamaOptions:
    """How a model is run; ``threads`` and ``gpu_layers`` do not change what it says."""

    model: Path
    projector: Path
    model_sha256: str | None
    projector_sha256: str | None
    seed: int
    max_tokens: int
    context_tokens: int
    threads: int
    gpu_layers: int


@cache
def llama_library() -> Any:
    """The module llama_cpp, imported so that it neither spins nor prints.

    Waiting threads of OpenMP spin by default: with both of two cores busy an answer took 14 s
    instead of 1 s. Raises ModelUnavailable when it is not installed.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import llama_cpp
        from llama_cpp import mtmd_cpp
    except (ImportError, OSError) as error:
        raise ModelUnavailable(
            f"llama-cpp-python cannot be imported ({error}): pip install -e '.[ai]'"
        ) from error
    nowhere = ctypes.c_void_p(0)
    llama_cpp.llama_log_set(log_line(llama_cpp), nowhere)
    mtmd_cpp.mtmd_log_set(log_line(llama_cpp), nowhere)
    mtmd_cpp.mtmd_helper_log_set(log_line(llama_cpp), nowhere)
    return llama_cpp


@cache
def log_line(llama_cpp: Any) -> Any:
    """The C callback that sends llama.cpp's log to ours; kept for as long as the process lives."""

    def write(level: int, text: bytes, user_data: object) -> None:
        del level, user_data
        logger.debug("llama.cpp: %s", text.decode("utf-8", "replace").rstrip())

    return llama_cpp.llama_log_callback(write)


def check_is_gguf(path: Path) -> None:
    """Raise ModelUnavailable unless ``path`` is a file in the GGUF format."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(GGUF_MAGIC))
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror}") from error
    if begins != GGUF_MAGIC:
        raise ModelUnavailable(
            f"{path} is no GGUF file: use a model that was converted for llama.cpp"
        )


class LlamaModel:
    """One opened model; it answers one question at a time."""

    def __init__(self, options: LlamaOptions) -> None:
        check_is_gguf(options.model)
        check_is_gguf(options.projector)
        self._options = options
        self._library = llama_library()
        self._lock = threading.Lock()
        self._deadline = float("inf")
        self._is_late = self._library.ggml_abort_callback(
            lambda _: time.monotonic() > self._deadline
        )
        self._llama = self._opened()

    def _opened(self) -> Any:
        from llama_cpp.llama_chat_format import MTMDChatHandler

        options = self._options
        try:
            handler = MTMDChatHandler(clip_model_path=str(options.projector), verbose=False)
            llama = self._library.Llama(
                str(options.model),
                chat_handler=handler,
                n_ctx=options.context_tokens,
                n_threads=options.threads,
                n_threads_batch=options.threads,
                n_gpu_layers=options.gpu_layers,
                seed=options.seed,
                verbose=False,
            )
            if "tokenizer.chat_template" not in llama.metadata:
                raise ModelUnavailable(
                    f"{options.model} has no chat template: use an instruct model"
                )
            handler._init_mtmd_context(llama)  # opened now, not at the first picture
        except (ValueError, RuntimeError) as error:
            if isinstance(error, ModelUnavailable):
                raise
            raise ModelUnavailable(
                f"llama.cpp cannot open {options.model} with {options.projector} ({error}): "
                "both files must belong to one vision model"
            ) from error
        self._library.llama_set_abort_callback(llama.ctx, self._is_late, ctypes.c_void_p(0))
        return llama

    def close(self) -> None:
        """Free the model's memory."""
        with self._lock:
            self._llama.close()

    def reply(self, question: Question[A], caps: Caps, seconds: float) -> Reply:
        """One attempt, within so many seconds.

        Raises AnswerTimeout, PromptTooLong, and ValueError for a picture llama.cpp cannot read.
        """
        with self._lock:
            self._deadline = time.monotonic() + seconds
            try:
                return self._reply(question, caps)
            except (RuntimeError, ValueError) as error:
                if time.monotonic() > self._deadline:
                    raise AnswerTimeout(seconds) from None
                if "exceed" in str(error):
                    raise PromptTooLong(self._too_long()) from error
                raise
            finally:
                self._deadline = float("inf")

    def _reply(self, question: Question[A], caps: Caps) -> Reply:
        chunks = self._llama.create_chat_completion(
            messages=[{"role": "user", "content": message_parts(question)}],
            grammar=self._grammar(answer_grammar(question.answer, caps)),
            max_tokens=self._options.max_tokens,
            temperature=0,
            repeat_penalty=1.0,
            seed=self._options.seed,
            stream=True,
        )
        prompt_tokens = self._llama.n_tokens  # the question is read before the first chunk
        if prompt_tokens + self._options.max_tokens > self._llama.n_ctx():
            raise PromptTooLong(self._too_long())
        text, finish_reason = "", "length"
        for piece, reason in pieces(chunks):
            text, finish_reason = text + piece, reason or finish_reason
            if time.monotonic() > self._deadline:
                raise AnswerTimeout(0)
        return Reply(text, finish_reason, prompt_tokens, self._llama.n_tokens - prompt_tokens)

    def _too_long(self) -> str:
        return (
            f"question, picture and answer need more than {self._llama.n_ctx()} tokens: raise "
            "language_model.context_tokens, or lower language_model.max_tokens"
        )

    def _grammar(self, text: str) -> Any:
        """The grammar, after a check: llama.cpp crashes the process on one that it refuses."""
        vocabulary = self._library.llama_model_get_vocab(self._llama.model)
        sampler = self._library.llama_sampler_init_grammar(vocabulary, text.encode(), b"root")
        if not sampler:
            raise RefusedGrammar(text)
        self._library.llama_sampler_free(sampler)
        return self._library.LlamaGrammar.from_string(text, verbose=False)


@lru_cache(maxsize=1)
def opened_llama(options: LlamaOptions) -> LlamaModel:
    """The model, shared by all that ask with the same options in this process.

    Raises ModelUnavailable.
    """
    model = LlamaModel(options)
    atexit.register(model.close)  # freed too late, llama.cpp reports an error
    return model


def message_parts(question: Question[A]) -> list[dict[str, object]]:
    """Words, picture, words, as chat models take them; the picture only ever as a data: URI."""
    picture = base64.b64encode(question.picture).decode()
    return [
        {"type": "text", "text": question.before_picture},
        {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{picture}"}},
        {"type": "text", "text": CLOSING_WORDS},
    ]


def pieces(chunks: Iterator[Any]) -> Iterator[tuple[str, str | None]]:
    """Each chunk's text and finish reason."""
    for chunk in chunks:
        (choice,) = chunk["choices"]
        yield choice["delta"].get("content") or "", choice["finish_reason"]
