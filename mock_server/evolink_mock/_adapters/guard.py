"""Stops connections to the hosts of the contract that no adapter serves, before anything is sent."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_RESOLVERS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
_ADVICE = (
    "In the process evolink_mock answers httpx, httpx2, requests (urllib3 2) and aiohttp. For anything else "
    "use its fixture `evolink_mock_server`, or `with EvoLinkMock().serve() as url:`, and take the address of "
    "the API from EVOLINK_BASE_URL."
)


class UnservedConnectionError(AssertionError):
    """Something connects to the real API while a mock is in force."""


class ConnectionGuard:
    """Refuses to resolve some hosts, and to connect to them by name; an address tells no host.

    Args:
        hosts: The hosts, each as `host[:port]`.
        refused: Called with the host and port of each connection that was stopped.
    """

    _lock = threading.RLock()
    _active: list[ConnectionGuard] = []  # noqa: RUF012 - those of the process, guarded by the lock
    _patches = ExitStack()

    def __init__(self, hosts: Iterable[str], refused: Callable[[str], object]) -> None:
        self.hosts = [urlsplit(f"//{host}") for host in hosts]
        self.refused = refused

    def start(self) -> None:
        """Refuse from now on."""
        with self._lock:
            if not self._active:
                _patch_sockets(self._patches)
            self._active.append(self)

    def stop(self) -> None:
        """Refuse no longer."""
        with self._lock:
            self._active.remove(self)
            if not self._active:
                self._patches.close()

    @classmethod
    def check(cls, host: Any, port: Any) -> None:
        """Refuse a connection to one of the hosts.

        Raises:
            UnservedConnectionError: It leads there.
        """
        if isinstance(host, (bytes, bytearray)):
            host = bytes(host).decode("ascii", "replace")
        if not isinstance(host, str):
            return
        name = host.lower().rstrip(".")
        for guard in cls._active:
            for known in guard.hosts:
                if known.hostname == name and known.port in {None, port, str(port)}:
                    target = name if port is None else f"{name}:{port}"
                    guard.refused(target)
                    raise UnservedConnectionError(f"A connection to {target} was stopped. {_ADVICE}")


def _patch_sockets(stack: ExitStack) -> None:
    for name in _RESOLVERS:
        stack.enter_context(mock.patch.object(socket, name, _resolver(getattr(socket, name))))
    for name in ("connect", "connect_ex"):
        guarded = _connector(getattr(socket.socket, name))
        stack.enter_context(mock.patch.object(socket.socket, name, guarded))


def _resolver(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *arguments: Any, **options: Any) -> Any:
        ConnectionGuard.check(host, arguments[0] if arguments else options.get("port"))
        return resolve(host, *arguments, **options)

    return guarded


def _connector(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and len(address) > 1:
            ConnectionGuard.check(address[0], address[1])
        return connect(self, address)

    return guarded
