"""What goes into the engine and what comes out of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._engine.idempotency import Reply

JSON_TYPE = "application/json"
# Escapes everything beyond ASCII, so that no text of a request can break the encoding of a reply.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def dumps(value: Any) -> bytes:
    """Encode a JSON value compactly."""
    return _encode(value).encode("ascii")


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names in small letters; what is said in several is one list, as HTTP has it."""
    found: dict[str, str] = {}
    for raw, text in headers:
        name, value = raw.decode("latin-1").lower(), text.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


@dataclass(slots=True)
class Request:
    """One request, whichever door it came through.

    Attributes:
        method: In capitals.
        path: As sent: still percent-encoded, without the query.
        query: As sent, without the question mark.
        headers: Names in small letters.
        body: The whole body.
        origin: Where it was sent to, `scheme://host[:port]`.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = ""


@dataclass(slots=True)
class Response:
    """One reply, and what is to befall it on its way.

    Attributes:
        status: The HTTP status.
        headers: Names in small letters; `content-length` is there already.
        body: The whole body.
        delay: Seconds before it is sent.
        hang: It is never sent; the connection stays open.
        drop: It is never sent; the connection is closed.
        cut: The connection is closed after this many bytes of the body.
        keyed: What is kept under the request's idempotency key, if this is the first reply to it and
            is held up: the door says when it lands.
    """

    status: int
    headers: dict[str, str]
    body: bytes = b""
    delay: float = 0.0
    hang: bool = False
    drop: bool = False
    cut: int | None = None
    keyed: Reply | None = None

    @classmethod
    def of(cls, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """Answer with a JSON body that is already encoded."""
        named = {"content-type": JSON_TYPE, "content-length": str(len(body))}
        if headers:
            named.update(headers)
        return cls(status, named, body)

    @classmethod
    def json(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
        """Answer with a JSON value."""
        return cls.of(status, dumps(value), headers)

    @classmethod
    def text(cls, status: int, text: str, content_type: str = "text/plain; charset=utf-8") -> Response:
        """Answer with a line of text."""
        body = text.encode()
        return cls(status, {"content-type": content_type, "content-length": str(len(body))}, body)
