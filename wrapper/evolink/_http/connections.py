"""The connections behind a client: of the caller's httpx client, or of one of our own.

A connection belongs to one process and, if it is asynchronous, to one event loop. Another one that uses it
meets the replies of the first, or errors that say nothing.
"""

from __future__ import annotations

import os
import sys
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary, WeakSet

import httpx

from .._core import addresses
from .._core.errors import EvoLinkError
from . import tls
from .transport_errors import ProxySettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

HTTPClientT = TypeVar("HTTPClientT", bound=httpx.Client | httpx.AsyncClient)


class Connections(Generic[HTTPClientT]):
    """An httpx client: the caller's, or one of our own that is made for the first request.

    Making it takes longer than everything else that a new `EvoLink` does, and many clients send nothing.
    """

    _http_type: type[HTTPClientT]

    def __init__(self, http: HTTPClientT | None) -> None:
        self._http = http
        self._is_own = http is None
        self._tls: tls.LazySSLContext | None = None
        self._lock = Lock()
        self._was_closed = False
        _clients.add(self)

    @property
    def http(self) -> HTTPClientT:
        """As `ClientIO.http`."""
        if self._http is None:
            with self._lock:
                if self._http is None:
                    self._http = self._new_http()
        return self._http

    def _new_http(self) -> HTTPClientT:
        """Make a client of our own.

        Raises:
            EvoLinkError: The connections are closed for good.
            ProxySettingsError: The environment names a proxy that cannot be one.
        """
        if self._was_closed:
            raise EvoLinkError("this client is closed")
        self._tls = tls.shared_context()
        try:
            http = self._http_type(verify=self._tls)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise ProxySettingsError(str(error)) from None
        for proxy in map(_proxy_of, http._mounts.values()):
            if proxy is not None and not addresses.is_connectable(httpx.URL(proxy)):
                raise ProxySettingsError(f"{proxy} is not an address that can be connected to")
        return http

    @property
    def is_closed(self) -> bool:
        """As `ClientIO.is_closed`."""
        return self._was_closed or (self._http is not None and self._http.is_closed)

    def leave_to_parent(self) -> None:
        """In a forked process: let its parent keep the connections, and use others from now on."""
        self._lock = Lock()
        if self._is_own and self._http is not None:
            _left_to_parent.append(self._http)
            self._http = None

    def build_request(
        self,
        *,
        url: httpx.URL,
        headers: httpx.Headers | Mapping[str, str],
        timeout: httpx.Timeout,
        is_bare: bool,
        **arguments: Any,
    ) -> httpx.Request:
        """As `ClientIO.build_request`."""
        make = httpx.Request if is_bare else self.http.build_request
        return make(url=url, headers=headers, extensions={"timeout": timeout.as_dict()}, **arguments)

    def proxy_for(self, url: httpx.URL) -> str | None:
        """As `ClientIO.proxy_for`."""
        return _proxy_of(self.http._transport_for_url(url))


class LoopConnections(Connections[httpx.AsyncClient]):
    """Those of an asynchronous client, in any number of event loops."""

    _http_type = httpx.AsyncClient

    def __init__(self, http: httpx.AsyncClient | None) -> None:
        super().__init__(http)
        self._of_loops: WeakKeyDictionary[Any, httpx.AsyncClient] = WeakKeyDictionary()

    @property
    def http(self) -> httpx.AsyncClient:
        """As `ClientIO.http`: the caller's, or one of our own for each event loop."""
        if not self._is_own:
            return super().http
        try:
            loop = _running_loop()
        except RuntimeError:  # a thread that builds a request, for which any will do
            return super().http
        found = self._of_loops.get(loop)
        if found is None:
            with self._lock:
                self._forget_closed_loops()
                found = self._of_loops[loop] = self._http = self._new_http()
        return found

    def leave_to_parent(self) -> None:
        """As `Connections.leave_to_parent`, for each event loop that the process has inherited."""
        super().leave_to_parent()
        _left_to_parent.extend(self._of_loops.values())
        self._of_loops = WeakKeyDictionary()

    def _forget_closed_loops(self) -> None:
        """Drop the clients of event loops that are over: they refer to their loops, which would stay."""
        for loop in [loop for loop in self._of_loops if _is_over(loop)]:
            del self._of_loops[loop]

    async def close_http(self) -> None:
        """As `ClientIO.close_http`; those of other event loops can only be closed there."""
        self._was_closed = True
        http = self._of_loops.get(_running_loop())
        if http is not None:
            await http.aclose()


# All of this process, for a fork.
_clients: WeakSet[Connections[Any]] = WeakSet()
# Of the parent of this process. Kept, because closing a connection may say so to the other side.
_left_to_parent: list[object] = []


def _leave_connections_to_parent() -> None:
    """Two processes on one connection would read each other's replies."""
    for client in list(_clients):
        client.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_connections_to_parent)


def _proxy_of(transport: object) -> str | None:
    """Scheme, host and port of the proxy of a transport, without user and password.

    httpx has no public way to ask; a transport of another kind has no pool.
    """
    proxy = getattr(getattr(transport, "_pool", None), "_proxy_url", None)
    if proxy is None:
        return None
    host = proxy.host.decode()
    host = f"[{host}]" if ":" in host else host
    port = "" if proxy.port is None else f":{proxy.port}"
    return f"{proxy.scheme.decode()}://{host}{port}"


def _running_loop() -> object:
    """What runs the calling coroutine: the event loop of asyncio, or the token of a run of trio.

    Raises:
        RuntimeError: Nothing does.
    """
    if is_trio():
        import trio  # noqa: PLC0415 - where it runs, it is loaded

        return trio.lowlevel.current_trio_token()
    import asyncio  # noqa: PLC0415 - httpx loads it with the first request only

    return asyncio.get_running_loop()


def _is_over(loop: Any) -> bool:
    """Whether an event loop of asyncio is closed; a token of trio dies with its run."""
    is_closed = getattr(loop, "is_closed", None)
    return is_closed is not None and is_closed()


def is_trio() -> bool:
    """Whether the calling coroutine runs under trio, which brings sniffio to tell."""
    sniffio = sys.modules.get("sniffio")
    return sniffio is not None and sniffio.current_async_library() == "trio"
