"""The respx door: every httpx client of the process, whoever made it and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import respx
from respx.models import AllMockedAssertionError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import httpx

    from .httpx import Exchange


class UnknownHost(AllMockedAssertionError):  # noqa: N818 - in the words of what it extends
    """A request was sent to a host that neither the contract nor a route of the test knows."""


class Router(respx.MockRouter):
    """A respx router that answers for the hosts of the contract.

    Routes that a test adds to it come first, and so do matching routes of routers entered later.
    Calls to the mock are not kept in `calls`, which grows without end: the mock has its own log.

    Args:
        exchange: What answers.
        hosts: What it answers for, each as `host[:port]`.
    """

    def __init__(self, exchange: Exchange, hosts: AbstractSet[str]) -> None:
        super().__init__(assert_all_called=False)
        self._exchange = exchange
        self._hosts = hosts

    def handler(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if self._is_ours(request):
            return self._exchange.handle(request)
        return super().handler(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if self._is_ours(request):
            return await self._exchange.ahandle(request)
        return await super().async_handler(request)

    def claims(self, request: httpx.Request) -> bool:
        """Whether a request would be answered here."""
        return _matches(self, request) or request.url.netloc.decode("ascii").lower() in self._hosts

    def _is_ours(self, request: httpx.Request) -> bool:
        """Whether the engine answers a request, and not a route of the test.

        Raises:
            AllMockedAssertionError: Nobody does here; respx goes on to the next router.
        """
        routers = self.Mocker.routers if self.Mocker is not None else [self]
        if len(routers) > 1:
            for other in routers[routers.index(self) + 1 :] if self in routers else ():
                if other.claims(request) if isinstance(other, Router) else _matches(other, request):
                    raise UnknownHost(f"{request!r} is left to a router entered later")
        if _matches(self, request):
            return False
        if request.url.netloc.decode("ascii").lower() in self._hosts:
            return True
        known = [*sorted(self._hosts), *(repr(route.pattern) for route in self.routes)]
        raise UnknownHost(
            f"{request.method} {request.url} goes to a host that the mock does not know. "
            f"It answers for: {', '.join(known)}. "
            "For other hosts add routes with respx beside it, or to `mock.router`."
        )


def _matches(router: respx.Router, request: httpx.Request) -> bool:
    return any(not route.pattern or route.pattern.match(request) for route in router.routes)
