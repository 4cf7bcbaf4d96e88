"""The mock as a raw ASGI application, for any ASGI server.

`uvicorn --factory evolink_mock.asgi:create_app` serves it with the defaults.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from ._clock.clock import RealClock
from ._contract.contract import Contract
from ._engine.engine import Engine
from ._engine.reading import MAX_BODY
from ._http.messages import Request, Response, joined

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping
    from pathlib import Path

    from ._adapters.webhooks import Pump
    from ._clock.clock import Clock

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["MockApp", "create_app"]

_log = logging.getLogger("evolink_mock")


class MockApp:
    """An ASGI application over an engine.

    Args:
        engine: What answers.
        hang_up: Closes the connection of a scope without a reply, and tells whether it could. ASGI
            knows no way to do that; without one, a reply is begun and broken off.
    """

    def __init__(self, engine: Engine, hang_up: Callable[[Scope], bool] = lambda _: False) -> None:
        self.engine = engine
        self._hang_up = hang_up
        self._pump: Pump | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the life of the server."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            raise RuntimeError(f"the mock speaks HTTP, not {scope['type']}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body = message.get("body", b"")
        if message.get("more_body"):
            body = await _rest(body, receive)
        request = _read(scope, body)
        try:
            shape = self.engine.unmade(request)
            if shape is not None:
                # Encoding takes a while, and everybody else wants an answer meanwhile.
                await asyncio.to_thread(self.engine.jobs.results.studio.file, shape)
            response = self.engine.handle(request)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the log the reason
            _log.exception("no answer to %s %s", request.method, request.path)
            response = Response.text(500, "The mock has failed: its log says how. This is a mistake in it.\n")
        if self.engine.jobs.callbacks.due() is not None:
            self._deliver()
        if response.delay or response.hang:
            await self._hold_up(response, receive)
        if response.drop:
            if self._hang_up(scope):
                await _gone(receive)
            else:
                await _send(Response(response.status, {"content-length": "1"}, cut=0), send)
        elif not response.hang:
            await _send(response, send)

    async def _hold_up(self, response: Response, receive: Receive) -> None:
        """Wait as long as a fault wants it; on the client's time, whose patience runs on no other clock."""
        try:
            await (_gone(receive) if response.hang else asyncio.sleep(response.delay))
        finally:
            if response.keyed is not None:
                response.keyed.lands = self.engine.clock.now()

    def _deliver(self) -> None:
        """See to the callbacks beside the requests."""
        if self._pump is None:
            # Loads httpx, without which the server starts in half the time.
            from ._adapters.webhooks import Pump  # noqa: PLC0415

            self._pump = Pump(self.engine)
        self._pump.stir()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._pump is not None:
                    await self._pump.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def create_app(
    *,
    clock: Clock | None = None,
    contract: str | Path | Mapping[str, Any] | Contract | None = None,
    hang_up: Callable[[Scope], bool] = lambda _: False,
    **options: Any,
) -> MockApp:
    """Make an application.

    Args:
        clock: What it lives by; real time by default.
        contract: What it answers by: an OpenAPI file or document; without, the one of `evolink_api`.
        hang_up: Closes the connection of a scope; see `MockApp`.
        **options: `progress`, `credits`, `seed`, `allow_local_callbacks`, `strict`, `api_key`, as
            `EvoLinkMock` takes them.
    """
    return MockApp(Engine(Contract.load(contract), clock or RealClock(), **options), hang_up)


def _read(scope: Scope, body: bytes) -> Request:
    headers = joined(scope["headers"])
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


async def _rest(body: bytes, receive: Receive) -> bytes:
    """The whole of a body that comes in parts, or as much of it as tells that it is too much."""
    parts, size = [body], len(body)
    while size <= MAX_BODY:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body"):
            break
    return b"".join(parts)


async def _send(response: Response, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.cut is None or response.cut >= len(response.body) > 0:
        await send({"type": "http.response.body", "body": response.body})
    elif response.cut:
        # Left unfinished: the server closes the connection.
        await send({"type": "http.response.body", "body": response.body[: response.cut], "more_body": True})


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
