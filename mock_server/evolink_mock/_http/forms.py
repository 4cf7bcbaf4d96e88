"""Parses forms, multipart and URL-encoded, into parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote

from evolink_api import media_types

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


class MalformedFormError(ValueError):
    """A body that is not a form of the declared type."""


class TooManyFieldsError(MalformedFormError):
    """A form with more fields than are accepted."""


class Part(NamedTuple):
    """A part of a form.

    Attributes:
        name: The name of the field.
        data: As sent.
        filename: None unless it is a file.
        content_type: In lower case and without parameters; empty if it is not declared.
    """

    name: str
    data: bytes
    filename: str | None = None
    content_type: str = ""


def parse_form(content_type: str, body: bytes, max_fields: int) -> list[Part]:
    """Parse a form into its parts, in the order in which they were sent.

    Args:
        content_type: The complete header.
        body: The body.
        max_fields: Fields that are accepted: each costs far more than its bytes tell.

    Raises:
        TooManyFieldsError: It has more fields.
        MalformedFormError: It cannot be parsed.
    """
    if media_types.essence(content_type) == media_types.MULTIPART:
        return _parse_multipart(content_type, body, max_fields)
    if body.count(b"&") >= max_fields:
        raise TooManyFieldsError
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise MalformedFormError("it is not URL-encoded UTF-8") from None
    return [Part(name, value.encode()) for name, value in fields]


def _parse_multipart(content_type: str, body: bytes, max_fields: int) -> list[Part]:
    try:
        from python_multipart.exceptions import FormParserError  # noqa: PLC0415 - only forms need it
        from python_multipart.multipart import MultipartParser, parse_options_header  # noqa: PLC0415 - same
    except ImportError as error:
        raise RuntimeError("forms need python-multipart: pip install 'evolink-client[mock]'") from error
    _, options = parse_options_header(content_type)
    if not options.get(b"boundary"):
        raise MalformedFormError("the Content-Type has no boundary")
    reader = _PartReader(max_fields)
    callbacks: MultipartCallbacks = {
        "on_part_begin": reader.begin,
        "on_header_field": reader.header_name,
        "on_header_value": reader.header_value,
        "on_header_end": reader.header_end,
        "on_part_data": reader.data,
        "on_part_end": reader.end,
        "on_end": reader.finish,
    }
    try:
        MultipartParser(options[b"boundary"], callbacks).write(body)
    except FormParserError as error:
        raise MalformedFormError(str(error)) from None
    if not reader.is_complete:
        raise MalformedFormError("it does not end with its boundary")
    parts = []
    for headers, data in reader.parts:
        _, disposition = parse_options_header(headers.get(b"content-disposition", b"").decode("latin-1"))
        if b"name" not in disposition:
            raise MalformedFormError("a part has no name")
        filename = _unescape(disposition[b"filename"]) if b"filename" in disposition else None
        kind = media_types.essence(headers.get(b"content-type", b"").decode("latin-1"))
        parts.append(Part(_unescape(disposition[b"name"]), data, filename, kind))
    return parts


class _PartReader:
    """Collects what the parser reports: the headers and the data of each part."""

    def __init__(self, max_parts: int) -> None:
        self._max_parts = max_parts
        self.parts: list[tuple[dict[bytes, bytes], bytes]] = []
        self.is_complete = False
        self._headers: dict[bytes, bytes] = {}
        self._data = bytearray()
        self._name = self._value = b""

    def begin(self) -> None:
        if len(self.parts) == self._max_parts:
            raise TooManyFieldsError
        self._headers, self._data = {}, bytearray()

    def header_name(self, chunk: bytes, start: int, end: int) -> None:
        self._name += chunk[start:end]

    def header_value(self, chunk: bytes, start: int, end: int) -> None:
        self._value += chunk[start:end]

    def header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def data(self, chunk: bytes, start: int, end: int) -> None:
        self._data += chunk[start:end]

    def end(self) -> None:
        self.parts.append((self._headers, bytes(self._data)))

    def finish(self) -> None:
        self.is_complete = True


def _unescape(text: bytes) -> str:
    """Decode a name, with quotation marks and line ends escaped as the HTML standard says."""
    return re.sub(
        r"%(?:22|0D|0A)",
        lambda match: unquote(match[0]),
        text.decode("utf-8", "replace"),
        flags=re.IGNORECASE,
    )
