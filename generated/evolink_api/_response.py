# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""What the endpoint modules read of a response beside JSON."""

from __future__ import annotations

import codecs
from email.message import Message
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN = {status.value: status for status in HTTPStatus}


def status_of(code: int) -> HTTPStatus:
    """A status by its number; one that is not known, as proxies send them, stays a number."""
    return _KNOWN.get(code) or cast(HTTPStatus, code)


def text_of(headers: Mapping[str, str], content: bytes) -> str:
    """A body as text, in the encoding that `Content-Type` names; UTF-8 if it names none that is known."""
    message = Message()
    message["Content-Type"] = headers.get("content-type", "")
    encoding = message.get_content_charset() or "utf-8"
    try:
        codecs.lookup(encoding)
    except LookupError:
        encoding = "utf-8"
    return content.decode(encoding, "replace")
