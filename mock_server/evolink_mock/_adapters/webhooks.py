"""Sends callbacks by httpx: in the process on the mock's clock, or over the network."""

from __future__ import annotations

import asyncio
import socket
import ssl
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx

from evolink_api.validation import url_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.engine import Engine
    from .._tasks.webhooks import Delivery

_PORTS = {"http": 80, "https": 443}
_HEADERS = {"content-type": "application/json", "user-agent": "evolink-mock"}
_MAX_CONCURRENT = 32
"""Callbacks that are sent over the network at once, so that many of them do not block other clients."""


class WebhookSender:
    """Sends callbacks in the process, through the same patched httpx as the application's own requests.

    Args:
        engine: Has the callbacks.
        is_entered: Whether httpx is patched; if it is not, nothing is sent and the log says so.
    """

    def __init__(self, engine: Engine, is_entered: Callable[[], bool]) -> None:
        self._engine = engine
        self._is_entered = is_entered

    def due(self) -> float | None:
        """When the next callback is due; None when there is none."""
        return self._engine.account.webhooks.due

    def run(self) -> None:
        """Send the callbacks that are due."""
        if not self._is_due():
            return
        with httpx.Client(**self._options) as client:
            while (delivery := self._engine.next_callback()) is not None:
                request = self._build_request(client, delivery)
                if request is not None:
                    try:
                        status = client.send(request).status_code
                    except Exception as error:  # noqa: BLE001 - `_failed` tells them apart
                        self._failed(delivery, error)
                    else:
                        self._engine.account.callback_done(delivery, status)

    async def arun(self) -> None:
        """Send the callbacks that are due."""
        if not self._is_due():
            return
        async with httpx.AsyncClient(**self._options) as client:
            while (delivery := self._engine.next_callback()) is not None:
                request = self._build_request(client, delivery)
                if request is not None:
                    try:
                        status = (await client.send(request)).status_code
                    except Exception as error:  # noqa: BLE001 - `_failed` tells them apart
                        self._failed(delivery, error)
                    else:
                        self._engine.account.callback_done(delivery, status)

    def _is_due(self) -> bool:
        due = self.due()
        return due is not None and due <= self._engine.clock.now()

    def _build_request(
        self, client: httpx.Client | httpx.AsyncClient, delivery: Delivery
    ) -> httpx.Request | None:
        """The request that delivers a callback; None, and the log says why, if none can be sent."""
        reason = "callbacks are sent only while the mock is entered"
        if self._is_entered():
            try:
                return client.build_request("POST", **_request(delivery))
            except Exception as error:  # noqa: BLE001 - the address comes from a request
                reason = f"{type(error).__name__}: {error}"
        self._engine.account.callback_done(delivery, None, reason)
        return None

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        """Log a failed attempt; an error in a test's own receiver is raised in the test."""
        from respx.models import AllMockedAssertionError  # noqa: PLC0415 - installed, since httpx is patched

        self._engine.account.callback_done(delivery, None, f"{type(error).__name__}: {error}")
        if not isinstance(error, httpx.HTTPError | httpx.InvalidURL | AllMockedAssertionError):
            raise error

    @cached_property
    def _options(self) -> dict[str, Any]:
        # Nothing is encrypted in the process, and loading certificates takes longer than a test.
        return {"verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "trust_env": False}


class WebhookWorker:
    """Sends callbacks over the network, in the background of an event loop that serves requests.

    Args:
        engine: Has the callbacks.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def notify(self) -> None:
        """Check again which callbacks are due when."""
        self._changed.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="evolink-mock-callbacks")

    async def close(self) -> None:
        """Stop sending."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _due(self) -> float | None:
        return self._engine.account.webhooks.due

    async def _run(self) -> None:
        clock = self._engine.clock
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as group:
            sending: set[asyncio.Task[None]] = set()

            def sent(task: asyncio.Task[None]) -> None:
                sending.discard(task)
                self._changed.set()

            while sending or self._due() is not None:
                while (
                    len(sending) < _MAX_CONCURRENT and (delivery := self._engine.next_callback()) is not None
                ):
                    task = group.create_task(self._send(client, delivery))
                    sending.add(task)
                    task.add_done_callback(sent)
                self._changed.clear()
                due = self._due()
                if due is not None and clock.virtual and not sending:
                    return  # virtual time moves by requests only, and the next one notifies
                timeout = None
                if due is not None and not clock.virtual and len(sending) < _MAX_CONCURRENT:
                    timeout = max(0.0, due - clock.now()) / clock.speed
                try:
                    async with asyncio.timeout(timeout):
                        await self._changed.wait()
                except TimeoutError:
                    pass

    async def _send(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        status, reason = None, None
        try:
            async with asyncio.timeout(delivery.policy.timeout):
                status = await self._post(client, delivery)
        except TimeoutError:
            reason = f"TimeoutError: no answer within {delivery.policy.timeout:g} s"
        except Exception as error:  # noqa: BLE001 - addresses come from clients; others are delivered
            reason = f"{type(error).__name__}: {error}"
        self._engine.account.callback_done(delivery, status, reason)

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery) -> int:
        """Send a callback and return the status of the answer, whose body is not read."""
        request = client.build_request("POST", **_request(delivery))
        last_error: httpx.TransportError | None = None
        for target in await self._targets(request, delivery):
            try:
                response = await client.send(target, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                last_error = error
            else:
                await response.aclose()
                return response.status_code
        raise last_error or httpx.ConnectError(f"{request.url.host} has no address")

    async def _targets(self, request: httpx.Request, delivery: Delivery) -> list[httpx.Request]:
        """The same request to each address that its host resolves to.

        Nothing resolves the host again, so that it cannot lead elsewhere once it was checked.

        Raises:
            httpx.ConnectError: An address may not be used.
        """
        rule, url = delivery.policy.url_rule, request.url
        if self._engine.allow_local_callbacks or not rule.get("public"):
            return [request]
        targets = []
        for address in await _resolve(url.host, url.port or _PORTS[url.scheme]):
            target = url.copy_with(host=address)
            if url_fault(str(target), {"public": True}) is not None:
                raise httpx.ConnectError(f"{url.host} resolves to {address}, a private or loopback address")
            extensions = request.extensions | {"sni_hostname": url.host}
            targets.append(
                httpx.Request(
                    "POST", target, headers=request.headers, content=delivery.body, extensions=extensions
                )
            )
        return targets


async def _resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, the preferred one first."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _request(delivery: Delivery) -> dict[str, Any]:
    return {
        "url": delivery.url,
        "content": delivery.body,
        "headers": _HEADERS,
        "timeout": delivery.policy.timeout,
    }
