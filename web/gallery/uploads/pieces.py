"""Uploads piece by piece, which go on after a broken connection.

The protocol is tus 1.0 (https://tus.io/protocols/resumable-upload), core and creation, with POST
in place of PATCH as its X-HTTP-Method-Override allows. ``POST /gallery/uploads`` with
``Upload-Length`` and ``Upload-Metadata`` (``filename``, ``batch`` and, if known, ``modified`` in
milliseconds since 1970) answers with the ``Location`` of the upload; HEAD there says in
``Upload-Offset`` how far it is, and POST there appends a piece of at most what is missing.
``Upload-Complete: ?1`` says that the file is in its batch; an empty piece finishes what is not.
Docs: docs/landing.md.
"""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from resources.landing.upload_names import BadName
from resources.landing.uploads import (
    LATEST_MS,
    TooLarge,
    Upload,
    UploadRefused,
    Uploads,
)
from web.gallery.base.changes import NO_EDITOR, Endpoint, change
from web.gallery.base.gallery import gallery_of, may_change, visitor_of
from web.gallery.uploads.refusals import BadRequest, status_of, words_of

PATH = "/gallery/uploads"
VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
SILENCE_SECONDS = 60.0
"""So long a piece may wait for its next bytes."""

LONGEST_NUMBER = 15
MORE_THAN_SAID = "More bytes came than the upload was to have."


async def begin(request: Request) -> Response:
    """Begin an upload: 201 with its address in ``Location``."""
    return await answered(request, begun)


async def append(request: Request) -> Response:
    """Append one piece: 204 with what has come now."""
    return await answered(request, appended)


async def state(request: Request) -> Response:
    """How far an upload is."""
    return await answered(request, told)


async def answered(request: Request, answer: Endpoint) -> Response:
    """The answer, or the refusal as one line of text that a person understands."""
    headers = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
    if request.headers.get("tus-resumable") != VERSION:
        headers["Tus-Version"] = VERSION
        return PlainTextResponse("Tus-Resumable: 1.0.0 is missing.", 412, headers)
    try:
        found = await answer(request)
    except (UploadRefused, BadName, OSError) as error:
        found = PlainTextResponse(words_of(error), status_of(error))
    found.headers.update(headers)
    return found


async def begun(request: Request) -> Response:
    """Begin an upload, and finish one of an empty file at once."""
    said = metadata_of(request.headers.get("upload-metadata", ""))
    name, batch = said.get("filename", ""), said.get("batch", "")
    modified = said.get("modified", "")
    wanted = Upload(
        batch,
        name,
        number_of(request, "upload-length"),
        visitor_of(request).name,
        min(int(modified), LATEST_MS) if is_number(modified) else None,
    )
    upload = await run_in_threadpool(make, request, wanted)
    where = {"Location": f"{PATH}/{upload.upload_id}", "Upload-Offset": "0"}
    return Response(status_code=HTTPStatus.CREATED, headers=where)


def make(request: Request, wanted: Upload) -> Upload:
    """Take note of the upload. Raises UploadRefused, BadName, OSError."""
    uploads = uploads_of(request)
    upload = uploads.begin(wanted)
    if upload.size_bytes == 0:
        with uploads.appending(upload, 0) as file:
            uploads.finish(upload, file)
    return upload


async def appended(request: Request) -> Response:
    """Write the body behind what has come; the last piece puts the file into its batch."""
    if request.headers.get("content-type") != PIECE:
        raise BadRequest(f"A piece has the content type {PIECE}.")
    uploads = await run_in_threadpool(uploads_of, request)
    upload = uploads.find(str(request.path_params["upload_id"]), visitor_of(request).name)
    offset = number_of(request, "upload-offset")
    await run_in_threadpool(uploads.refuse_full, upload.size_bytes - offset)
    with uploads.appending(upload, offset) as file:
        write = partial(uploads.write, file)
        come = await write_body(request, write, offset, upload.size_bytes)
        if come == upload.size_bytes:
            await run_in_threadpool(uploads.finish, upload, file)
    headers = {"Upload-Offset": str(come), "Upload-Complete": is_true(come == upload.size_bytes)}
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


async def write_body(
    request: Request, write: Callable[[bytes], None], offset: int, size_bytes: int
) -> int:
    """Write what comes until the body or the connection ends; return where the file ends then.

    Raises TooLarge before more is written than was to come, NoRoom, OSError.
    """
    try:
        async for piece in patient(request.stream()):
            if offset + len(piece) > size_bytes:
                raise TooLarge(MORE_THAN_SAID)
            await run_in_threadpool(write, piece)
            offset += len(piece)
    except (ClientDisconnect, TimeoutError) as error:
        raise BadRequest("The connection broke.") from error
    return offset


async def patient(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a body. Raises TimeoutError when one takes longer than SILENCE_SECONDS."""
    while True:
        async with asyncio.timeout(SILENCE_SECONDS):
            piece = await anext(stream, None)
        if piece is None:
            return
        yield piece


async def told(request: Request) -> Response:
    """How far the upload is; only who began it learns of it."""
    if not may_change(request):
        return PlainTextResponse(NO_EDITOR, HTTPStatus.FORBIDDEN)
    uploads = await run_in_threadpool(uploads_of, request)
    upload = uploads.find(str(request.path_params["upload_id"]), visitor_of(request).name)
    come, size = uploads.offset(upload), upload.size_bytes
    headers = {"Upload-Offset": str(come), "Upload-Length": str(size)}
    return Response(headers={**headers, "Upload-Complete": is_true(uploads.is_whole(upload))})


def is_true(value: bool) -> str:
    """A boolean of RFC 9651."""
    return "?1" if value else "?0"


def uploads_of(request: Request) -> Uploads:
    """The uploads of this home. Raises NoRoom, OSError."""
    return Uploads.of(gallery_of(request).settings)


def metadata_of(header: str) -> Mapping[str, str]:
    """The pairs of ``Upload-Metadata``: names, each with its value in base64. Raises BadRequest."""
    pairs = (pair.strip().partition(" ") for pair in header.split(",") if pair.strip())
    try:
        return {
            name: base64.b64decode(value, validate=True).decode("utf-8") for name, _, value in pairs
        }
    except (binascii.Error, UnicodeDecodeError) as error:
        raise BadRequest("Upload-Metadata is no list of names and base64 values.") from error


def number_of(request: Request, header: str) -> int:
    """The number in this header. Raises BadRequest."""
    text = request.headers.get(header, "")
    if not is_number(text):
        raise BadRequest(f"The header {header} is no number.")
    return int(text)


def is_number(text: str) -> bool:
    """Whether it is a number from 0 on, of a size that fits."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


ROUTES: tuple[BaseRoute, ...] = (
    change(PATH, begin, name="begin_upload"),
    change(PATH + "/{upload_id}", append, name="append_upload"),
    Route(PATH + "/{upload_id}", state, name="upload_state"),
)
