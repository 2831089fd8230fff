"""One decoder process as the process that asks sees it: a task goes there, bytes come back.

Tasks are pickled, and the files to be read go along as open descriptors. What comes back is only
bytes, of which there may be so many and not more; ``resources.decoding.decoder_answers`` reads
them. Every wait has a deadline: a process that does not keep it is killed.
"""

import errno
import os
import pickle
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerContext
from typing import Any, get_type_hints

import msgspec

from resources.confinement.confined_process import Confinement
from resources.decoding import decoder_process
from resources.decoding.decoder_answers import LARGEST_ANSWER_BYTES, AnswerRefused
from resources.decoding.decoder_process import LENGTH, MOST_DESCRIPTORS, NOT_CONFINED_EXIT, Terms
from resources.sources.originals import Source
from resources.sources.passed_files import Refusal, passable

START_SECONDS = 120.0
"""A fork takes 20 ms and exiftool 200; a busy machine takes longer."""

END_SECONDS = 10.0
"""From a kill to the notice of it."""

TOO_MANY: Refusal = (errno.EMFILE, "more files than a decoder is handed for one picture")

SHORT_BYTES = 1024
"""What a process says of itself when it has started."""


@dataclass(frozen=True)
class Task:
    """Call ``make(source, **inputs)`` in a decoder process; ``make`` is a module's function.

    Its return type says what may come back. ``reads`` are the absolute paths of the files, beside
    the original, that it may read. With ``is_tried_alone`` a task whose worker died is tried once
    more in a process of its own.
    """

    make: Callable[..., object]
    source: Source
    inputs: Mapping[str, object]
    cpu_seconds: float | None = None  # None: the limits' decode_seconds
    is_tried_alone: bool = True
    reads: tuple[bytes, ...] = ()


@cache
def returned_by(make: Callable[..., object]) -> Any:
    """The type that a function declares to return."""
    return get_type_hints(make, include_extras=True)["return"]


class DecoderDied(Exception):
    """The process ended before it had answered: ``status`` is its exit code, negative a signal."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a decoder ended with status {status}")
        self.status = status


class DecoderNotStarted(OSError):
    """The picture is not to blame."""


class DecoderChild:
    """A running decoder process. Use it from one thread at a time.

    Raises DecoderNotStarted, and DecoderDied when the kernel cannot confine it as demanded.
    """

    def __init__(self, context: ForkServerContext, terms: Terms) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            process = context.Process(
                target=decoder_process.serve, args=(theirs, terms), daemon=True
            )
            process.start()
        self._process = process
        self.pictures = 0
        self.confinement = self._first_words()
        if terms.limits.require_confinement and not self.confinement.is_complete:
            self.close()
            raise DecoderDied(NOT_CONFINED_EXIT)

    def _first_words(self) -> Confinement:
        try:
            words = self._answer(SHORT_BYTES, time.monotonic() + START_SECONDS)
            return msgspec.msgpack.decode(words, type=Confinement)
        except (DecoderDied, TimeoutError, AnswerRefused, msgspec.DecodeError) as error:
            self.close()
            raise DecoderNotStarted(f"no decoder process could be started: {error}") from error

    @property
    def is_running(self) -> bool:
        """Whether it can be asked."""
        return self._process.is_alive()

    def ask(self, task: Task, cpu_seconds: float, wall_seconds: float) -> bytes:
        """The bytes of the answer to ``task``. After an exception the process is gone.

        Raises DecoderDied, TimeoutError after ``wall_seconds``, AnswerRefused for too many bytes.
        """
        deadline = time.monotonic() + wall_seconds
        self.pictures += 1
        with opened(task) as files:
            named = [(path, None if isinstance(one, int) else one) for path, one in files.items()]
            call = (task.make, task.source, dict(task.inputs), named, cpu_seconds)
            descriptors = [one for one in files.values() if isinstance(one, int)]
            self._send(pickle.dumps(call), descriptors, deadline)
            return self._answer(LARGEST_ANSWER_BYTES, deadline)

    def end(self) -> None:
        """Kill it, whatever it does. Harmless when repeated, and from another thread."""
        self._process.kill()
        self._process.join(END_SECONDS)

    def close(self) -> None:
        """End it and free what it used; nobody asks it any more."""
        self.end()
        self._channel.close()

    def _send(self, content: bytes, files: Sequence[int], deadline: float) -> None:
        with self._ended_on_error():
            self._wait_until(deadline)
            socket.send_fds(self._channel, [LENGTH.pack(len(content))], files)
            self._wait_until(deadline)
            self._channel.sendall(content)

    def _answer(self, most_bytes: int, deadline: float) -> bytes:
        with self._ended_on_error():
            (size,) = LENGTH.unpack(self._received(LENGTH.size, deadline))
            if size > most_bytes:
                raise AnswerRefused(f"an answer of {size} bytes")
            return self._received(size, deadline)

    def _received(self, size: int, deadline: float) -> bytes:
        content = bytearray(size)
        view, at = memoryview(content), 0
        while at < size:
            self._wait_until(deadline)
            count = self._channel.recv_into(view[at:])
            if not count:
                raise ConnectionResetError
            at += count
        return bytes(content)

    def _wait_until(self, deadline: float) -> None:
        """Have the next operation raise TimeoutError at the deadline."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._channel.settimeout(left)

    @contextmanager
    def _ended_on_error(self) -> Iterator[None]:
        try:
            yield
        except (BrokenPipeError, ConnectionResetError) as error:
            self._process.join(END_SECONDS)  # its exit status tells why
            status = self._process.exitcode
            self.close()
            raise DecoderDied(-signal.SIGKILL if status is None else status) from error
        except (TimeoutError, AnswerRefused):
            self.close()
            raise


@contextmanager
def opened(task: Task) -> Iterator[dict[bytes, int | Refusal]]:
    """Descriptors of the files that a task reads, or why there is none, by path.

    No link is followed on the way to them (``resources.sources.passed_files``).
    """
    files: dict[bytes, int | Refusal] = {}
    try:
        for path in dict.fromkeys([task.source.path, *task.reads]):
            is_full = len(files) >= MOST_DESCRIPTORS
            files[path] = TOO_MANY if is_full else passable(task.source.home, path)
        yield files
    finally:
        for one in files.values():
            if isinstance(one, int):
                os.close(one)
