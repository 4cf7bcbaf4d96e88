"""Serves every httpx client of the process by respx, whoever made it and when; other libraries ask it too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import respx
from respx.mocks import HTTPCoreMocker
from respx.models import AllMockedAssertionError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from .httpx import HttpxAdapter


# Test clients of aiohttp and others serve the application there.
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class UnknownHost(AllMockedAssertionError):  # noqa: N818 - named like the error that it extends
    """A request was sent to a host that neither the contract nor a route of the test knows."""


class MockRouter(respx.MockRouter):
    """A respx router that answers for the hosts of the contract.

    Routes that a test adds to it come first, and so do matching routes of routers entered later. It does
    not record the mock's own requests in `calls`, which grows without limit: the mock has its own log.

    Args:
        adapter: Answers the requests.
        hosts: The hosts that it answers for, each as `host[:port]`.
    """

    def __init__(self, adapter: HttpxAdapter, hosts: AbstractSet[str]) -> None:
        super().__init__(assert_all_called=False, using=HTTPCoreMocker.name)
        self._adapter = adapter
        self.hosts = hosts

    def handler(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if self._is_own(request):
            return self._adapter.handle(request)
        return super().handler(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if self._is_own(request):
            return await self._adapter.ahandle(request)
        return await super().async_handler(request)

    def accepts(self, request: httpx.Request) -> bool:
        """Whether this router or one of its routes would answer a request."""
        return _has_route(self, request) or request.url.netloc.decode("ascii").lower() in self.hosts

    def _is_own(self, request: httpx.Request) -> bool:
        """Whether the engine answers a request, and not a route of the test.

        Raises:
            AllMockedAssertionError: Neither does; respx goes on to the next router.
        """
        routers = self.Mocker.routers if self.Mocker is not None else [self]
        if len(routers) > 1:
            for other in routers[routers.index(self) + 1 :] if self in routers else ():
                if other.accepts(request) if isinstance(other, MockRouter) else _has_route(other, request):
                    raise UnknownHost(f"{request!r} is left to a router entered later")
        if _has_route(self, request):
            return False
        if request.url.netloc.decode("ascii").lower() in self.hosts:
            return True
        known = [*sorted(self.hosts), *(repr(route.pattern) for route in self.routes)]
        raise UnknownHost(
            f"{request.method} {request.url} goes to a host that the mock does not know. "
            f"It answers for: {', '.join(known)}. "
            "For other hosts add routes with respx beside it, or to `mock.router`."
        )


def is_answered(method: str, url: httpx.URL) -> bool:
    """Whether a request of another library is answered here: all but those to servers of the test itself."""
    if url.host not in _LOOPBACK:
        return True
    request = httpx.Request(method, url)
    return any(
        router.accepts(request) if isinstance(router, MockRouter) else _has_route(router, request)
        for router in HTTPCoreMocker.routers
    )


def answer(request: httpx.Request) -> httpx.Response:
    """Answer a request of another library by a mock, or by a route of the test.

    Raises:
        httpx.TransportError: A fault wants it.
        respx.models.PassThrough: A route wants it to be sent.
    """
    handler: Any = HTTPCoreMocker.handler
    response: httpx.Response = handler(request)
    return response


async def aanswer(request: httpx.Request) -> httpx.Response:
    """Answer a request in a coroutine."""
    handler: Any = HTTPCoreMocker.async_handler
    response: httpx.Response = await handler(request)
    return response


def _has_route(router: respx.Router, request: httpx.Request) -> bool:
    return any(not route.pattern or route.pattern.match(request) for route in router.routes)
