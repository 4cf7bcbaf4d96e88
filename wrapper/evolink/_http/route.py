"""The way of a request to the API, as far as an error has to tell it: host, proxy, and how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from .io import ClientIO


class Route:
    """The way of one request."""

    def __init__(
        self, request: httpx.Request, io: ClientIO, before_write: Callable[[], None] | None = None
    ) -> None:
        self._url = request.url
        self._proxy_for = io.proxy_for
        self._before_write = before_write
        # Whether a proxy was asked for a tunnel, and whether anything was sent to the API itself.
        self._is_tunnelled = False
        self._is_begun = False

    @classmethod
    def watched(
        cls, request: httpx.Request, io: ClientIO, before_write: Callable[[], None] | None = None
    ) -> Route:
        """The way of a request that must not be sent twice: it notes how far the request comes.

        Args:
            request: The request.
            io: The I/O of the client.
            before_write: Called when there is a connection to the API and nothing was written; may raise.
        """
        route = cls(request, io, before_write)
        request.extensions["trace"] = io.tracer(route._note)
        return route

    @property
    def is_tunnel_missing(self) -> bool:
        """Whether the proxy has opened no tunnel, so that nothing can have reached the API."""
        return self._is_tunnelled and not self._is_begun

    def describe(self) -> str:
        """Host and proxy, for an error."""
        host = self._url.host if self._url.port is None else f"{self._url.host}:{self._url.port}"
        proxy = self._proxy_for(self._url)
        return f"{host} through the proxy {proxy}" if proxy else host

    def _note(self, event: str, info: Mapping[str, Any]) -> None:
        if not event.endswith("send_request_headers.started"):
            return
        if getattr(info.get("request"), "method", None) == b"CONNECT":
            self._is_tunnelled = True
        else:
            if self._before_write is not None:
                self._before_write()
            self._is_begun = True
