"""The upload of one file as a plain form, for browsers without scripts."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from resources.landing.upload_names import BadName
from resources.landing.uploads import TooLarge, Upload, UploadRefused, Uploads
from web.gallery.base.changes import FIELD, change, fits
from web.gallery.base.gallery import gallery_of, visitor_of
from web.gallery.uploads.pieces import is_number, patient
from web.gallery.uploads.refusals import BadRequest, status_of, words_of
from web.gallery.uploads.streamed_form import StreamedForm, streamed_form

PATH = "/gallery/upload"


async def is_ours(request: Request) -> bool:
    """Whether the form's first field is our token; the file behind it is not read yet."""
    form = streamed_form(request, patient(request.stream()))
    if form is None:
        return False
    try:
        await form.begin()
    except (BadRequest, ClientDisconnect, TimeoutError):
        return False
    request.state.form = form
    return fits(request, form.fields.get(FIELD))


async def upload_file(request: Request) -> Response:
    """Take the form's file into the batch that its field ``batch`` names."""
    try:
        upload, name = await taken(request, request.state.form)
    except (UploadRefused, BadName, OSError) as error:
        raise HTTPException(status_of(error), words_of(error)) from error
    said = urlencode({"batch": upload.batch, "added": name})
    return RedirectResponse(f"{PATH}?{said}", 303)


async def taken(request: Request, form: StreamedForm) -> tuple[Upload, str]:
    """The file, whole and in its batch, and its name there. Raises UploadRefused, BadName, OSError.

    What comes of a file that cannot be finished is removed at once.
    """
    if not form.file_name:
        raise BadRequest("No file was chosen: choose one, then add it.")
    settings = gallery_of(request).settings
    uploads = await run_in_threadpool(Uploads.of, settings)
    most = settings.limits.max_file_bytes
    size = min(announced(request), most)
    batch = form.fields.get("batch", "")
    wanted = Upload(batch, form.file_name, size, visitor_of(request).name)
    upload = await run_in_threadpool(uploads.begin, wanted)
    try:
        return upload, await written(uploads, upload, form.pieces(), most)
    finally:
        await run_in_threadpool(uploads.discard, upload)


def announced(request: Request) -> int:
    """How long the body is to be. Raises BadRequest."""
    length = request.headers.get("content-length", "")
    if not is_number(length):
        raise BadRequest("The browser did not say how large the file is.")
    return int(length)


async def written(uploads: Uploads, upload: Upload, pieces: AsyncIterator[bytes], most: int) -> str:
    """Write all pieces and finish; the name in the batch. Raises UploadRefused, OSError."""
    come = 0
    try:
        with uploads.appending(upload, 0) as file:
            async for piece in pieces:
                come += len(piece)
                if come > most:
                    raise TooLarge(
                        f"{upload.name} has more than {most:,} bytes, which is the most allowed "
                        "(limits.max_file_bytes of the settings)."
                    )
                await run_in_threadpool(uploads.write, file, piece)
            return await run_in_threadpool(uploads.finish, upload, file)
    except (ClientDisconnect, TimeoutError) as error:
        raise BadRequest("The connection broke.") from error


ROUTES: tuple[BaseRoute, ...] = (change(PATH, upload_file, is_ours=is_ours),)
