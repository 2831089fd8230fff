"""A decoder that a picture has taken over tries to get out, and to deceive whom it answers.

Where the kernel has no Landlock or no seccomp, less holds: then these tests fail, as decoders are
not safe there, and ``media doctor`` says which of the two is missing.
"""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pyvips

from resources.configuration.settings import Limits, Settings
from resources.confinement import landlock, seccomp
from resources.confinement.confined_process import Confinement
from resources.decoding import decoder_child, decoder_pool
from resources.decoding.confinement_probe import what_decoders_reach
from resources.decoding.decoder_pool import Attempt, DecoderPool, Task
from resources.outcomes import Outcome
from resources.sources.originals import Source
from tests.support import decoder_tasks, hostile_decoders

PRELOAD = ["tests.support.hostile_decoders", "tests.support.decoder_tasks"]
LIMITS = Limits(decode_seconds=3)


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    with DecoderPool(1, LIMITS, preload=PRELOAD) as pool:
        yield pool


@pytest.fixture
def image(tmp_path: Path) -> Source:
    return Source("picture", "0" * 64, "picture.jpg", b"/nowhere", tmp_path)


def attempt(
    pool: DecoderPool, make: Callable[..., object], image: Source, **inputs: Any
) -> Attempt:
    ((_, made),) = pool.run([Task(make, image, inputs, is_tried_alone=False)])
    return made


def tried(pool: DecoderPool, image: Source, what: str, where: object) -> object:
    return attempt(pool, hostile_decoders.tried, image, what=what, where=str(where)).value


def test_this_kernel_confines_decoders(pool: DecoderPool) -> None:
    found = Confinement(landlock.landlock_version(), seccomp.is_seccomp_known())
    assert pool.confinement() == found
    assert found.is_complete, f"decoders are not safe on this machine: {found}"


def test_what_libvips_would_put_into_a_file_stays_in_memory(
    pool: DecoderPool, tmp_path: Path
) -> None:
    """It decodes a WebP as a whole: that one is read by its first decoder, and not degraded."""
    content = pyvips.Image.black(64, 48, bands=3).webpsave_buffer()
    path = tmp_path / "whole.webp"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    webp = Source("whole", sha256, path.name, bytes(path), tmp_path)

    ((_, made),) = pool.run([Task(decoder_tasks.upright_size, webp, {})])

    assert (made.outcome, made.value, made.warnings) == (Outcome.OK, (64, 48), ())


@pytest.mark.parametrize("what", ["read", "write", "delete", "rename", "change the mode"])
def test_no_file_of_the_user_is_reached(
    pool: DecoderPool, image: Source, tmp_path: Path, what: str
) -> None:
    secret = tmp_path / "settings.toml"
    secret.write_text("secret")
    mode = secret.stat().st_mode
    assert str(tried(pool, image, what, secret)).startswith("refused")
    assert (secret.read_text(), secret.stat().st_mode) == ("secret", mode)


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("read", "/etc/passwd"),
        ("list", "/etc"),
        ("list", "/"),
        ("read", "/proc/{parent}/environ"),
        ("read", "/proc/{parent}/maps"),
        ("read", "/proc/self/environ"),
        ("write", "/dev/shm/planted"),  # noqa: S108
        ("write", "/tmp/planted"),  # noqa: S108
        ("make a pair of sockets", ""),
        ("exec", "/bin/true"),
        ("fork", ""),
        ("kill", "{parent}"),
        ("kill", "-1"),
        ("ptrace", "{parent}"),
        ("change a limit of", "{parent}"),
        ("close what ends it", ""),
        ("chroot", "/usr"),
        ("link", "{home}/link"),
        ("make a folder", "{home}/folder"),
    ],
)
def test_nothing_of_the_machine_is_reached(
    pool: DecoderPool, image: Source, what: str, where: str
) -> None:
    place = where.format(parent=os.getpid(), home=image.home)
    assert str(tried(pool, image, what, place)).startswith("refused")


def test_no_server_is_reached(pool: DecoderPool, image: Source, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "s"))
        unix.listen()
        port = tcp.getsockname()[1]
        assert str(tried(pool, image, "connect by TCP", port)).startswith("refused")
        place = tmp_path / "s"
        assert str(tried(pool, image, "connect by a unix socket", place)).startswith("refused")
    assert str(tried(pool, image, "connect by an abstract socket", "x")).startswith("refused")


def test_the_environment_is_bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for decoders first decides what they know: so a fork server of its own."""
    from resources.decoding.decoder_fork_server import bare_environment

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("MEDIA_POSTGRES_URL", "canary")
    monkeypatch.setenv("SSH_AUTH_SOCK", "canary")
    monkeypatch.setenv("PYTHONPATH", ":relative:/absolute")
    bare = bare_environment()
    assert "canary" not in bare.values()
    assert bare["PYTHONSAFEPATH"] == "1"
    assert all(part.startswith("/") for part in bare["PYTHONPATH"].split(os.pathsep))


def test_a_decoder_holds_nothing_open_but_its_channel(image: Source) -> None:
    with DecoderPool(1, LIMITS, preload=PRELOAD, tools=()) as pool:
        assert attempt(pool, hostile_decoders.open_descriptors, image).value == ["p", "s"]
        assert attempt(pool, hostile_decoders.is_dumpable, image).value == 0


def test_a_pickle_is_not_read(pool: DecoderPool, image: Source, tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    inputs = {"where": str(planted)}
    made = attempt(pool, hostile_decoders.answer_a_pickle_bomb, image, **inputs)
    assert made.outcome is Outcome.FAILED
    assert str(made.reason).startswith("its decoder's answer cannot be used")
    assert not planted.exists()


@pytest.mark.parametrize(
    "make",
    [
        hostile_decoders.answer_without_end,
        hostile_decoders.answer_nested_lists,
        hostile_decoders.name_a_file_of_others,
        hostile_decoders.send_a_page_as_a_picture,
        hostile_decoders.another_type,
        hostile_decoders.number_without_end,
    ],
    ids=lambda make: make.__name__,
)
def test_an_answer_that_is_none_is_refused(
    pool: DecoderPool, image: Source, make: Callable[..., object]
) -> None:
    made = attempt(pool, make, image)
    assert made.outcome is Outcome.FAILED
    assert str(made.reason).startswith("its decoder's answer cannot be used")


def test_an_answer_that_drips_is_not_waited_for(image: Source) -> None:
    with DecoderPool(1, Limits(decode_seconds=0.1), preload=PRELOAD, tools=()) as pool:
        made = attempt(pool, hostile_decoders.answer_in_drops, image)
    assert made.outcome is Outcome.FAILED
    assert "was not decoded within 1 s" in str(made.reason)


@pytest.mark.parametrize(
    ("folder", "suffix"),
    [
        ("derivatives", "/../../settings.toml"),
        ("derivatives", ".html"),
        ("models", ".jpg"),
        ("..", ".jpg"),
        ("derivatives", ".jpg\n"),
    ],
)
def test_a_file_goes_into_its_store_or_nowhere(
    pool: DecoderPool, image: Source, folder: str, suffix: str
) -> None:
    inputs = {"folder": folder, "suffix": suffix}
    made = attempt(pool, hostile_decoders.send_a_file_elsewhere, image, **inputs)
    assert made.outcome is Outcome.FAILED
    assert [*image.home.iterdir()] == []


def test_the_doctor_tries_it_and_a_setting_demands_it(
    tmp_path: Path, image: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, limits=Limits(require_confinement=True))
    confinement, reached = what_decoders_reach(settings)
    assert confinement.is_complete
    assert reached == []

    monkeypatch.setattr(decoder_child.Confinement, "is_complete", property(lambda _: False))
    with DecoderPool(1, settings.limits, PRELOAD, tools=()) as pool:
        made = attempt(pool, hostile_decoders.is_dumpable, image)
    assert (made.outcome, made.reason) == (Outcome.FAILED, decoder_pool.NOT_CONFINED)
