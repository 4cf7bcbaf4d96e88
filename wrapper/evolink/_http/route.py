"""The way of a request to the API, as far as an error has to tell it: host, proxy, and how far it came."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from .io import ClientIO


class Route:
    """The way of one request."""

    def __init__(self) -> None:
        self.host: str | None = None
        self._find_proxy: Callable[[], str | None] = lambda: None
        # Whether a proxy was asked for a tunnel, and whether anything was sent to the API itself.
        self._is_tunnelled = False
        self._is_begun = False

    def follow(self, request: httpx.Request, io: ClientIO, *, is_safe: bool) -> None:
        """Note where a request goes, and watch how far it comes if it must not be sent twice."""
        self.host = request.url.host if request.url.port is None else f"{request.url.host}:{request.url.port}"
        self._find_proxy = functools.partial(proxy_of, io.http, request.url)
        if not is_safe and self._find_proxy() is not None:
            request.extensions["trace"] = io.tracer(self._note)

    @property
    def is_tunnel_missing(self) -> bool:
        """Whether the proxy has opened no tunnel, so that nothing can have reached the API."""
        return self._is_tunnelled and not self._is_begun

    def describe(self) -> str:
        """Host and proxy, for an error."""
        proxy = self._find_proxy()
        return f"{self.host} through the proxy {proxy}" if proxy else self.host or ""

    def _note(self, event: str, info: Mapping[str, Any]) -> None:
        if not event.endswith("send_request_headers.started"):
            return
        if getattr(info.get("request"), "method", None) == b"CONNECT":
            self._is_tunnelled = True
        else:
            self._is_begun = True


def proxy_of(http: httpx.Client | httpx.AsyncClient, url: httpx.URL) -> str | None:
    """Scheme, host and port of the proxy for an address, if there is one."""
    # httpx has no public way to ask; a transport of another kind has no pool.
    pool = getattr(http._transport_for_url(url), "_pool", None)
    proxy = getattr(pool, "_proxy_url", None)
    if proxy is None:
        return None
    port = "" if proxy.port is None else f":{proxy.port}"
    return f"{proxy.scheme.decode()}://{proxy.host.decode()}{port}"
