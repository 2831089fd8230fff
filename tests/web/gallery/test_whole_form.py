"""A form is bounded in bytes and time, whoever sends it."""

import asyncio
import re
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

import web.gallery
from tests.support.guarded_ui import GuardedUi, basic
from web.gallery.base import whole_form

BEN = basic("ben", "a viewer's password")
DOWNLOAD = "/gallery/actions/download_originals"
FIELDS = b"application/x-www-form-urlencoded"
PARTS = b"multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n%b\r\n'
MIB = 1024**2


def read(kind: bytes, *messages: Message) -> list[tuple[str, object]]:
    """The fields of a form that comes in these messages, and then nothing more."""
    coming = list(messages)

    async def receive() -> Message:
        if not coming:
            await asyncio.Event().wait()
        return coming.pop(0)

    scope = {"type": "http", "headers": [(b"content-type", kind)]}
    form = asyncio.run(whole_form.whole_form(Request(scope, receive)))
    return list(form.multi_items())


def body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


def test_a_form_is_read_whole() -> None:
    assert read(FIELDS, body(b"id=a&", more=True), body(b"id=b")) == [("id", "a"), ("id", "b")]


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        (FIELDS, b"id=" + b"a" * 100_000 + b"&"),
        (FIELDS, b"&" * MIB),
        (PARTS, PART % (b"a" * 100_000)),
        (PARTS, PART.replace(b"\r\n\r\n", b"\r\nX: y\r\n\r\n") % (b"a" * 100_000)),
    ],
    ids=["fields", "nothing_but_separators", "parts", "parts_with_headers"],
)
def test_more_than_a_form_has_is_refused(kind: bytes, one: bytes) -> None:
    """Fields alone are no bound: twenty thousand of a MiB each would be 20 GiB."""
    messages = [body(one, more=True)] * (whole_form.LARGEST_FORM // len(one) + 1)

    with pytest.raises(HTTPException) as refused:
        read(kind, *messages)
    assert refused.value.status_code == 413


def test_a_form_that_trickles_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_form, "FORM_SECONDS", 0.05)

    with pytest.raises(HTTPException) as refused:
        read(FIELDS, body(b"id=a", more=True))
    assert refused.value.status_code == 408


def test_a_form_that_breaks_off_is_no_fault_of_ours() -> None:
    """Else each of them would write a stack into the log of the service."""
    with pytest.raises(HTTPException) as refused:
        read(FIELDS, body(b"id=a", more=True), {"type": "http.disconnect"})
    assert refused.value.status_code == 400


def test_forms_are_read_in_this_way_alone() -> None:
    folder = Path(web.gallery.__file__).parent
    reading = [file for file in folder.rglob("*.py") if re.search(r"\.form\(", file.read_text())]

    assert [file.name for file in reading] == ["whole_form.py"]


def test_a_viewer_who_sends_too_much_is_told_so(pages: GuardedUi) -> None:
    parts = PART % (b"a" * 900_000) * 5 + b"--x--\r\n"
    headers = {**BEN, "Content-Type": PARTS.decode()}

    assert pages.request("POST", DOWNLOAD, headers, parts).status == 413
