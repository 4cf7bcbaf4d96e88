"""Stops connections to the hosts of the contract that no adapter serves, before anything is sent."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

from .respx import routers

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

_RESOLVERS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
_ADVICE = (
    "In the process evolink_mock answers httpx, httpx2, requests (urllib3 2) and aiohttp. For anything else "
    "use its fixture `evolink_mock_server`, or `with EvoLinkMock().serve() as url:`, and take the address of "
    "the API from EVOLINK_BASE_URL."
)


class UnservedConnectionError(AssertionError):
    """Something connects to the real API while a mock is entered."""


def guard_sockets(stack: ExitStack) -> None:
    """Refuse to resolve the hosts of the contract, and to connect to them; an address tells no host."""
    for name in _RESOLVERS:
        stack.enter_context(mock.patch.object(socket, name, _resolver(getattr(socket, name))))
    for name in ("connect", "connect_ex"):
        guarded = _connector(getattr(socket.socket, name))
        stack.enter_context(mock.patch.object(socket.socket, name, guarded))


def _resolver(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *arguments: Any, **options: Any) -> Any:
        _check(host, arguments[0] if arguments else options.get("port"))
        return resolve(host, *arguments, **options)

    return guarded


def _connector(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and len(address) > 1:
            _check(address[0], address[1])
        return connect(self, address)

    return guarded


def _check(host: Any, port: Any) -> None:
    """Refuse a connection to a host of the contract.

    Raises:
        UnservedConnectionError: It is one.
    """
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    if not isinstance(host, str):
        return
    name = host.lower().rstrip(".")
    for router in routers():
        for netloc in router.hosts:
            known = urlsplit(f"//{netloc}")
            if known.hostname == name and (known.port is None or port in {known.port, str(known.port), None}):
                target = name if port is None else f"{name}:{port}"
                router.refused(target)
                raise UnservedConnectionError(f"A connection to {target} was stopped. {_ADVICE}")
