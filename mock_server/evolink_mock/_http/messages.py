"""Requests and responses as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evolink_api import media_types

from .json_codec import dumps

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping

NO_CONTENT = frozenset({204, 205, 304})
"""Statuses whose responses have no content (RFC 9110, 6.4.1 and 15.3.6)."""


@dataclass(slots=True)
class Request:
    """A request, whichever adapter received it.

    Attributes:
        method: In capitals.
        path: As sent: still percent-encoded, without the query.
        query: As sent, without the question mark.
        headers: The headers, by lower-case name.
        body: The complete body.
        origin: Where it was sent to, `scheme://host[:port]`.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = ""

    @property
    def url(self) -> str:
        """The complete address."""
        return f"{self.origin}{self.path}{'?' if self.query else ''}{self.query}"


@dataclass(slots=True)
class Response:
    """A response, and what the adapter does to the connection that carries it.

    Attributes:
        status: The HTTP status.
        headers: The headers, by lower-case name, `content-length` included.
        body: The complete body.
        delay: Seconds before it is sent.
        hang: It is never sent, and the connection stays open.
        drop: It is never sent, and the connection is closed.
        cut: The connection is closed after this many bytes of the body.
        on_delivered: Takes the time, in Unix seconds of the mock's clock, at which a delayed or hanging
            response has left the mock. The adapter calls it; None if nobody needs to know.
        violation: What is wrong with the request, for a log; empty if nothing is.
        stream: The body, if it has no end; the connection is closed after it.
        cookies: The values of `set-cookie`, the one field that cannot become a list with commas.
    """

    status: int
    headers: dict[str, str]
    body: bytes = b""
    delay: float = 0.0
    hang: bool = False
    drop: bool = False
    cut: int | None = None
    on_delivered: Callable[[float], None] | None = None
    violation: str = ""
    stream: AsyncGenerator[bytes] | None = None
    cookies: tuple[str, ...] = ()

    @classmethod
    def of(cls, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """Make a response of an encoded body, which is JSON unless the headers say otherwise."""
        merged = {"content-type": media_types.JSON, "content-length": str(len(body))}
        if headers:
            merged.update(headers)
        return cls(status, merged, body)

    @classmethod
    def json(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
        """Make a response of a JSON value."""
        return cls.of(status, dumps(value), headers)

    @classmethod
    def text(cls, status: int, text: str, content_type: str = "text/plain; charset=utf-8") -> Response:
        """Make a response of text."""
        return cls.of(status, text.encode(), {"content-type": content_type})


def join_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Index headers by lower-case name; repeated ones become a list with commas, as HTTP allows."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
