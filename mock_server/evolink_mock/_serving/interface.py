"""What the server and the application that it serves know of each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class HTTPRequest:
    """A complete request.

    Attributes:
        method: As sent; methods are case-sensitive.
        target: The path with its query, percent-encoded as sent, or `*`.
        host: The host and port that the client asked for; empty if an HTTP/1.0 client named none.
        headers: By name in small letters; fields of the same name are one list.
        body: The decoded body.
        is_http_10: Whether the client speaks HTTP/1.0.
        keep_alive: Whether the client wants to use the connection again.
    """

    method: str
    target: str
    host: str
    headers: dict[str, str]
    body: bytes = b""
    is_http_10: bool = False
    keep_alive: bool = True


class HTTPReply(Protocol):
    """What the application answers, and what the server does to the connection in place of answering."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By name in small letters."""
        ...

    @property
    def body(self) -> bytes:
        """The whole body; it is left out where HTTP allows none."""
        ...

    @property
    def delay(self) -> float:
        """Seconds before the reply is sent."""
        ...

    @property
    def hang(self) -> bool:
        """Whether the reply is never sent, and the connection stays open."""
        ...

    @property
    def drop(self) -> bool:
        """Whether the connection is closed without a reply."""
        ...

    @property
    def cut(self) -> int | None:
        """After how many bytes of the body the connection is closed."""
        ...

    @property
    def violation(self) -> str:
        """What is wrong with the request, for the log; empty if nothing is."""
        ...


@dataclass(slots=True)
class PlainReply:
    """A reply of the server itself, or of an application without faults."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    hang: bool = False
    drop: bool = False
    cut: int | None = None
    violation: str = ""


class Application(Protocol):
    """What answers requests."""

    def is_slow(self, request: HTTPRequest, /) -> bool:
        """Whether a request takes so long that it is handled in a thread, beside the event loop."""
        ...

    def handle(self, request: HTTPRequest, /) -> HTTPReply:
        """Answer a request; called in the event loop, or in a thread if it is slow."""
        ...

    def handled(self, reply: Any, /) -> None:
        """Take note, in the event loop, that a request was handled; its reply may still be held up."""
        ...

    def released(self, reply: Any, /) -> None:
        """Take note that a reply is held up no longer: it is sent now, or nobody waits for it."""
        ...

    async def close(self) -> None:
        """End what runs beside the requests."""
        ...
