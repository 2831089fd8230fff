"""A form with one file, read while it comes: nothing of it is kept but where the caller writes it.

Parsed by python-multipart (RFC 7578), as Starlette does, which would keep the file first.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from web.gallery.uploads.refusals import BadRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

LONGEST_FIELD = 2000
MOST_FIELDS = 10
LONGEST_HEADER = 4096


@dataclass
class Part:
    """One part of a form: a field, or a file when it has a file name."""

    name: str = ""
    file_name: str | None = None


class StreamedForm:
    """``fields`` up to the file, and then the file's bytes by ``pieces``."""

    def __init__(self, body: AsyncIterator[bytes], boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.file_name: str | None = None
        self._body = body
        self._ready: list[bytes] = []
        self._is_over = False
        self._header, self._value, self._text = bytearray(), bytearray(), bytearray()
        self._part = Part()
        self._parser = MultipartParser(boundary, self._callbacks())

    async def begin(self) -> None:
        """Read the fields, up to the first bytes of the file. Raises BadRequest."""
        while self.file_name is None and await self._more():
            pass

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes of the file. Raises BadRequest when the form ends before the file does."""
        while True:
            for piece in self._ready:
                yield piece
            self._ready.clear()
            if self._is_over:
                return
            if not await self._more():
                raise BadRequest("The form ended before the file did.")

    async def _more(self) -> bool:
        """Read on; whether there was more."""
        chunk = await anext(self._body, None)
        if not chunk:
            return False
        try:
            self._parser.write(chunk)
        except MultipartParseError as error:
            raise BadRequest("The form cannot be read.") from error
        return True

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._on_part_begin,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_header_field": lambda data, start, end: extend(self._header, data[start:end]),
            "on_header_value": lambda data, start, end: extend(self._value, data[start:end]),
            "on_header_end": self._on_header_end,
        }

    def _on_part_begin(self) -> None:
        self._part, self._text = Part(), bytearray()

    def _on_header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                self._part.file_name = options[b"filename"].decode("utf-8", "replace")
        self._header.clear()
        self._value.clear()

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_over:
            return  # what comes after the file is of no interest
        if self._part.file_name is None:
            extend(self._text, data[start:end], LONGEST_FIELD)
            return
        self.file_name = self._part.file_name
        self._ready.append(data[start:end])

    def _on_part_end(self) -> None:
        if self._part.file_name is not None:
            self.file_name = self.file_name or self._part.file_name
            self._is_over = True
        elif len(self.fields) >= MOST_FIELDS:
            raise BadRequest("The form has too many fields.")
        else:
            self.fields[self._part.name] = self._text.decode("utf-8", "replace")


def extend(collected: bytearray, more: bytes, most: int = LONGEST_HEADER) -> None:
    """Collect more of a header or field. Raises BadRequest for more than a form of ours has."""
    if len(collected) + len(more) > most:
        raise BadRequest("A field of the form is too long.")
    collected += more


def streamed_form(request: Request, body: AsyncIterator[bytes]) -> StreamedForm | None:
    """The form that the request carries, None for another kind of body."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary or len(boundary) > 200:
        return None
    return StreamedForm(body, boundary)
