"""A form that is read as a whole: the only way to read one, bounded in bytes, fields and time.

The body of a stranger may be endless, or come one byte a minute. Files are not taken by such forms:
see ``uploads``.
"""

import anyio
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

LARGEST_FORM = 4 * 1024**2
"""Bytes; ten thousand pictures are chosen with less than one MiB."""

MOST_FIELDS = 20_000
"""A selection of pictures is one field each."""

FORM_SECONDS = 30.0
"""From the end of the headers to the end of the body."""

TOO_LARGE = f"A form has at most {LARGEST_FORM // 1024**2} MiB: choose fewer pictures."
TOO_SLOW = f"A form must arrive within {FORM_SECONDS:.0f} s: send it again."
BROKEN = "The connection broke before the whole form had come."


async def whole_form(request: Request) -> FormData:
    """All fields, read once however often it is asked for. Raises HTTPException (400, 408, 413)."""
    if not hasattr(request.state, "whole_form"):
        request.state.whole_form = await read_form(request)
    found: FormData = request.state.whole_form
    return found


async def read_form(request: Request) -> FormData:
    """The fields of the body. Raises HTTPException (400, 408, 413)."""
    bounded = Request(request.scope, at_most(request.receive, LARGEST_FORM))
    try:
        with anyio.fail_after(FORM_SECONDS):
            return await bounded.form(max_files=0, max_fields=MOST_FIELDS)
    except TimeoutError as error:
        raise HTTPException(408, TOO_SLOW) from error
    except ClientDisconnect as error:
        raise HTTPException(400, BROKEN) from error


def at_most(receive: Receive, most_bytes: int) -> Receive:
    """A ``receive`` that raises HTTPException (413) when the body is longer than so many bytes."""
    left = most_bytes

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, TOO_LARGE)
        return message

    return bounded
