import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from resources.configuration.settings import Limits
from resources.decoding import decoding_context
from resources.metadata import exiftool
from resources.outcomes import RejectedImage
from tests.support.metadata_pictures import need_exiftool, plain, tagged

ROOT = Path(__file__).parents[3]
GONE_WITHIN_SECONDS = 20


@pytest.fixture(autouse=True)
def own_process() -> Iterator[None]:
    need_exiftool()
    exiftool.end_kept_process()
    yield
    exiftool.end_kept_process()


def wait_until_gone(process_group: int) -> bool:
    give_up = time.monotonic() + GONE_WITHIN_SECONDS
    while time.monotonic() < give_up:
        if not any(is_alive_in(process_group, one) for one in psutil.process_iter()):
            return True
        time.sleep(0.05)
    return False


def is_alive_in(process_group: int, process: psutil.Process) -> bool:
    """Whether it works in this group; one that has ended may not have been waited for yet."""
    try:
        is_member = os.getpgid(process.pid) == process_group
        return is_member and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def test_the_version_is_that_of_the_installed_program() -> None:
    version = exiftool.usable_version()
    assert version
    assert tuple(int(part) for part in version.split(".")) >= exiftool.OLDEST_SAFE_VERSION


def test_one_program_reads_many_pictures() -> None:
    first = exiftool.read(tagged(plain(), "-XMP-photoshop:City=Oslo"))
    program = exiftool._kept[os.getpid()]
    second = exiftool.read(tagged(plain(), "-XMP-photoshop:City=東京"))
    assert (first.tags["XMP-photoshop:City"], second.tags["XMP-photoshop:City"]) == ("Oslo", "東京")
    assert exiftool._kept[os.getpid()] is program


def test_nothing_about_the_file_itself_is_told() -> None:
    """Paths and dates of a temporary file would make equal pictures have different metadata."""
    tags = exiftool.read(tagged(plain(), "-XMP-photoshop:City=Oslo")).tags
    assert not [name for name in tags if name.startswith(("System:", "ExifTool:", "Composite:"))]
    assert exiftool.read(tagged(plain(), "-XMP-photoshop:City=Oslo")).tags == tags


def test_a_binary_value_is_told_by_length_and_digest() -> None:
    profile = Path(ROOT, "tests/media_assets/images/pictures/exif_gps_typeerror.jpg").read_bytes()
    thumbnail = exiftool.read(profile).tags["IFD1:ThumbnailImage"]
    assert isinstance(thumbnail, dict)
    assert thumbnail["size_bytes"] == 4380
    assert len(thumbnail["sha256"]) == 64


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"\xff\xd8\xff"])
def test_what_is_no_picture_gives_a_note(content: bytes) -> None:
    reading = exiftool.read(content)
    assert reading.tags == {}
    assert reading.notes


def test_a_picture_that_takes_too_long_is_rejected_and_the_next_one_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(decoding_context, "_limits", Limits(metadata_seconds=1e-9))
        with pytest.raises(RejectedImage, match=r"too long \(limits.metadata_seconds: 1e-09\)"):
            exiftool.read(plain())
    assert (
        exiftool.read(tagged(plain(), "-XMP-photoshop:City=Oslo")).tags["XMP-photoshop:City"]
        == "Oslo"
    )


def test_a_large_picture_is_handed_over_on_disk_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = tagged(plain(), "-XMP-photoshop:City=Oslo")
    in_memory = exiftool.read(content)
    monkeypatch.setattr(exiftool, "IN_MEMORY_BYTES", len(content) - 1)

    assert exiftool.read(content) == in_memory
    assert in_memory.tags["XMP-photoshop:City"] == "Oslo"


def test_a_program_that_was_ended_is_started_anew() -> None:
    exiftool.read(plain())
    os.killpg(exiftool._kept[os.getpid()]._process.pid, signal.SIGKILL)
    assert (
        exiftool.read(tagged(plain(), "-XMP-photoshop:City=Oslo")).tags["XMP-photoshop:City"]
        == "Oslo"
    )


def test_the_program_alone_being_ended_is_noticed_at_once() -> None:
    """As when it has used up its processor time: the shell above it must not keep the pipe open."""
    exiftool.read(plain())
    kept = exiftool._kept[os.getpid()]
    group = kept._process.pid
    children = subprocess.run(
        ["ps", "-o", "pid=,args=", "-s", str(group)],
        capture_output=True,
        text=True,
        check=True,
    )
    perl = next(line for line in children.stdout.splitlines() if "perl" in line.split()[1])
    os.kill(int(perl.split()[0]), signal.SIGKILL)
    assert (
        exiftool.read(tagged(plain(), "-XMP-photoshop:City=Oslo")).tags["XMP-photoshop:City"]
        == "Oslo"
    )
    assert wait_until_gone(group)


def test_it_ends_when_the_process_that_asks_is_killed() -> None:
    """By itself exiftool waits for more arguments forever when its input has ended."""
    script = (
        "import os, signal; from resources.metadata import exiftool; exiftool.read(b'x');"
        "print(exiftool._kept[os.getpid()]._process.pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert wait_until_gone(int(killed.stdout))


def test_a_title_that_looks_like_a_number_or_base64_keeps_its_text() -> None:
    numbers = exiftool.read(tagged(plain(), "-XMP-dc:Title=1.50", "-XMP-dc:Source=base64:?")).tags
    assert (numbers["XMP-dc:Title"], numbers["XMP-dc:Source"]) == ("1.50", "base64:?")
