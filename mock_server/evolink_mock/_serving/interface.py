"""What the server and the application that it serves know of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import asyncio

    from .._http.messages import Response


@dataclass(slots=True)
class HTTPRequest:
    """A complete request.

    Attributes:
        method: As sent; methods are case-sensitive.
        target: The path with its query, percent-encoded as sent, or `*`.
        host: The host and port that the client asked for; empty if an HTTP/1.0 client named none.
        headers: The headers, by name in lower case; fields of the same name are one list.
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


class Application(Protocol):
    """What answers requests."""

    def is_slow(self, request: HTTPRequest, /) -> bool:
        """Whether a request takes so long that it is handled in a thread, beside the event loop."""
        ...

    def handle(self, request: HTTPRequest, /) -> Response:
        """Answer a request; called in the event loop, or in a thread if it is slow."""
        ...

    def handled(self, response: Response, /) -> None:
        """Take note, in the event loop, that a request was handled; its response may still be held up."""
        ...

    def released(self, response: Response, /) -> None:
        """Take note that a response is held up no longer: it is sent now, or nobody waits for it."""
        ...

    async def close(self, grace: float, /) -> None:
        """End what runs beside the requests, within so many seconds."""
        ...


@runtime_checkable
class AsyncApplication(Protocol):
    """What answers every request in the event loop, as far as it waits for something else."""

    def start(self, request: HTTPRequest, /) -> asyncio.Future[Response]:
        """Begin to answer a request; the future has no exception."""
        ...

    def handled(self, response: Response, /) -> None:
        """As in `Application`."""
        ...

    def released(self, response: Response, /) -> None:
        """As in `Application`."""
        ...

    async def close(self, grace: float, /) -> None:
        """As in `Application`."""
        ...


class ManagedConnection(Protocol):
    """A connection as the hub sees it."""

    deadline: float
    """Until when the client has to go on, in seconds of the event loop."""

    def advance(self) -> None:
        """Answer what can be answered, and see to what comes next."""
        ...

    def flush(self) -> None:
        """Write the responses that wait for it."""
        ...

    def expire(self) -> None:
        """Close the connection of a client that has let its deadline pass."""
        ...

    def stop(self) -> None:
        """Close once the current request is answered; at once if there is none."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...
