"""The mock as a raw ASGI application, for any ASGI server.

`uvicorn --factory evolink_mock.asgi:create_app` serves it with the defaults.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from ._clock.clock import RealClock
from ._contract.contract import Contract
from ._engine.engine import Engine
from ._engine.reading import MAX_BODY
from ._http.messages import Request, Response, join_headers
from ._ui.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, MutableMapping
    from pathlib import Path

    from ._adapters.webhooks import WebhookWorker
    from ._clock.interfaces import MockClock

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["MockApp", "create_app"]

_log = logging.getLogger("evolink_mock")


class MockApp:
    """An ASGI application over an engine.

    Args:
        engine: Answers the requests.
        allowed_hosts: Host names under which the admin API may be used, beside loopback names and addresses.
        close_connection: Closes the connection of a scope and returns whether it could. ASGI has no way to
            close a connection without a response; by default a response is begun and broken off instead.
    """

    def __init__(
        self,
        engine: Engine,
        close_connection: Callable[[Scope], bool] = lambda _: False,
        *,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self.engine = engine
        self._site = Site(engine, allowed_hosts)
        self._close_connection = close_connection
        self._webhooks: WebhookWorker | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or handle the lifespan of the server."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._handle_lifespan(receive, send)
        else:
            raise RuntimeError(f"the mock speaks HTTP, not {scope['type']}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body = message.get("body", b"")
        if message.get("more_body"):
            body = await _read_body(body, receive)
        request = _read(scope, body)
        try:
            work = self._site.pending_work(request)
            if work is not None:
                await asyncio.to_thread(work)  # other clients are served meanwhile
            response = self._site.handle(request)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets a response and the log the reason
            _log.exception("no answer to %s %s", request.method, request.path)
            response = Response.text(500, "The mock has failed: its log says how. This is a mistake in it.\n")
        if self.engine.account.webhooks.due is not None:
            self._notify_webhooks()
        if response.delay or response.hang:
            await self._delay(response, receive)
        if response.stream is not None:
            await _send_stream(response, response.stream, receive, send)
        elif response.drop:
            if self._close_connection(scope):
                await _disconnected(receive)
            else:
                await _send(Response(response.status, {"content-length": "1"}, cut=0), send)
        elif not response.hang:
            await _send(response, send)

    async def _delay(self, response: Response, receive: Receive) -> None:
        """Wait as long as a fault says, in real time, since the client's timeout runs in real time."""
        try:
            await (_disconnected(receive) if response.hang else asyncio.sleep(response.delay))
        finally:
            if response.on_delivered is not None:
                response.on_delivered(self.engine.clock.now())

    def _notify_webhooks(self) -> None:
        if self._webhooks is None:
            # Loads httpx, without which the server starts in half the time.
            from ._adapters.webhooks import WebhookWorker  # noqa: PLC0415 - see above

            self._webhooks = WebhookWorker(self.engine)
        self._webhooks.notify()

    async def _handle_lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._webhooks is not None:
                    await self._webhooks.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def create_app(
    *,
    clock: MockClock | None = None,
    contract: str | Path | Mapping[str, Any] | Contract | None = None,
    close_connection: Callable[[Scope], bool] = lambda _: False,
    hang_up: Callable[[Scope], bool] | None = None,
    allowed_hosts: Iterable[str] = (),
    **options: Any,
) -> MockApp:
    """Create an application.

    Args:
        clock: Real time by default.
        contract: An OpenAPI file or document; by default the one of `evolink_api`.
        close_connection: Closes the connection of a scope; see `MockApp`.
        hang_up: The former name of `close_connection`.
        allowed_hosts: Host names under which the admin API may be used; see `MockApp`.
        **options: `progress`, `credits`, `seed`, `allow_local_callbacks`, `strict`, `api_key`, as
            `EvoLinkMock` takes them.
    """
    engine = Engine(Contract.load(contract), clock or RealClock(), **options)
    return MockApp(engine, hang_up or close_connection, allowed_hosts=allowed_hosts)


def _read(scope: Scope, body: bytes) -> Request:
    headers = join_headers(scope["headers"])
    path = scope.get("raw_path") or scope["path"].encode()
    host = headers.get("host") or ":".join(map(str, scope.get("server") or ("localhost",)))
    return Request(
        scope["method"],
        path.decode("ascii", "replace"),
        scope["query_string"].decode("ascii", "replace"),
        headers,
        body,
        f"{scope['scheme']}://{host}",
    )


async def _read_body(body: bytes, receive: Receive) -> bytes:
    """Read the rest of a body, up to just over what the engine accepts."""
    parts, size = [body], len(body)
    while size <= MAX_BODY:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body"):
            break
    return b"".join(parts)


def _encode(response: Response) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]


async def _send(response: Response, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": _encode(response)})
    if response.cut is None or response.cut >= len(response.body) > 0:
        await send({"type": "http.response.body", "body": response.body})
    elif response.cut:
        # The body stays unfinished, and the server closes the connection.
        await send({"type": "http.response.body", "body": response.body[: response.cut], "more_body": True})


async def _send_stream(
    response: Response, stream: AsyncGenerator[bytes], receive: Receive, send: Send
) -> None:
    """Send a body that has no end, until the client has disconnected."""

    async def send_all() -> None:
        async with contextlib.aclosing(stream):
            async for part in stream:
                await send({"type": "http.response.body", "body": part, "more_body": True})

    await send({"type": "http.response.start", "status": response.status, "headers": _encode(response)})
    tasks = [asyncio.ensure_future(work) for work in (send_all(), _disconnected(receive))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    """Wait until the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass
