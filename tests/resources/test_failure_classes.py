"""What was raised -> how long the next try waits."""

import errno
from pathlib import Path

import pytest

from resources.failure_classes import FailureClass, class_of
from resources.language.endpoint_client import EndpointRefused, EndpointUnavailable
from resources.language.language_model import AnswerTimeout, NoUsableAnswer
from resources.models.failures import OutOfMemory


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), FailureClass.DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), FailureClass.DISK_FULL),
        (EndpointUnavailable("the server is away"), FailureClass.ENDPOINT),
        (EndpointRefused(401, "no such key"), FailureClass.ENDPOINT),
        (MemoryError(), FailureClass.OUT_OF_MEMORY),
        (OutOfMemory("the device is full"), FailureClass.OUT_OF_MEMORY),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), FailureClass.OUT_OF_MEMORY),
        (TimeoutError(), FailureClass.TIMEOUT),
        (AnswerTimeout(300), FailureClass.TIMEOUT),
        (NoUsableAnswer("no JSON"), FailureClass.UNKNOWN),
        (OSError(errno.EIO, "Input/output error"), FailureClass.UNKNOWN),
        (ZeroDivisionError(), FailureClass.UNKNOWN),
    ],
    ids=lambda value: value.value if isinstance(value, FailureClass) else repr(value)[:40],
)
def test_each_error_has_its_class(error: Exception, expected: FailureClass) -> None:
    assert class_of(error) is expected


def test_a_disk_that_is_really_full_is_told_from_other_troubles() -> None:
    with pytest.raises(OSError, match="No space") as full:
        Path("/dev/full").write_bytes(b"x")

    assert class_of(full.value) is FailureClass.DISK_FULL
