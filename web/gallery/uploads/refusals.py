"""How the refusal of an upload is told: its status of HTTP, and its words."""

import logging
from http import HTTPStatus

from resources.landing.upload_names import BadName
from resources.landing.uploads import (
    NoRoom,
    TooLarge,
    UnknownUpload,
    UploadBusy,
    UploadRefused,
    WrongOffset,
    is_full,
)
from resources.stores.beneath import LinkInTheWay

Refusal = UploadRefused | BadName | OSError

DISK_FULL = "The disk is full. Make room, then go on."
NOT_WRITTEN = "The landing folder cannot be written to. The service's log says more."

_log = logging.getLogger(__name__)


class BadRequest(UploadRefused):
    """The request is none that an upload makes."""


STATUS = {
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NoRoom: HTTPStatus.INSUFFICIENT_STORAGE,
    UnknownUpload: HTTPStatus.NOT_FOUND,
    WrongOffset: HTTPStatus.CONFLICT,
    UploadBusy: HTTPStatus.LOCKED,
    BadName: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadRequest: HTTPStatus.BAD_REQUEST,
}


def status_of(error: Refusal) -> int:
    """The status that fits."""
    if isinstance(error, OSError):
        full = is_full(error)
        return HTTPStatus.INSUFFICIENT_STORAGE if full else HTTPStatus.INTERNAL_SERVER_ERROR
    return STATUS[type(error)]


def words_of(error: Refusal) -> str:
    """What happened and what to do. An error of the disk is logged; its paths are not told."""
    if not isinstance(error, OSError):
        return str(error)
    if is_full(error):
        return DISK_FULL
    if isinstance(error, LinkInTheWay):
        return "A link is in the way in the landing folder: choose another name for the batch."
    _log.error("an upload could not be written", exc_info=error)
    return NOT_WRITTEN
