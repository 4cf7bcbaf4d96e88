"""Forwards requests to the API, each exactly once, and records what comes of them."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from .._http.messages import Request, Response, join_headers
from .decoding import decoded
from .har import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._serving.interface import HTTPRequest
    from .recorder import Recorder
    from .upstream import Upstream

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of a response that are passed on."""
TIMEOUT = httpx.Timeout(120, connect=15)
"""How long the API is waited for; some of its responses take a minute."""
MAX_SECONDS = 600.0
"""In which a response is complete."""
GRACE = 4.0
"""Seconds for which a proxy that is told to stop waits for the responses to requests under way."""

_KEEP_ALIVE = 2.0  # seconds; a connection that the API closes meanwhile costs the next request

# RFC 9110, 7.6.1, and what the proxy decides itself.
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_OWN = {"host", "content-length", "accept-encoding", "expect"}
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_log = logging.getLogger("evolink_mock")


class ProxyApplication:
    """Forwards what the HTTP server receives.

    Args:
        upstream: Where the API is.
        recorder: Takes note of each exchange.
        transport: What sends requests, in place of the network.
        timeout: How long the API is waited for.
    """

    def __init__(
        self,
        upstream: Upstream,
        recorder: Recorder,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._upstream = upstream
        self._recorder = recorder
        self._timeout = timeout
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._forwarding: set[asyncio.Task[Response]] = set()

    def start(self, request: HTTPRequest) -> asyncio.Task[Response]:
        """Forward a request; it goes on even if the client leaves, since the API may charge for it."""
        task = asyncio.ensure_future(self._forward(request))
        self._forwarding.add(task)
        task.add_done_callback(self._forwarding.discard)
        return task

    def handled(self, _: Response) -> None:
        """Nothing is due after a request."""

    def released(self, _: Response) -> None:
        """No response is held up."""

    def secrets(self) -> Iterable[str]:
        """The keys that were seen, which no log may show."""
        return self._recorder.redactor.secrets

    async def close(self, grace: float) -> None:
        """Wait so many seconds for the last responses, then record that there are none."""
        if self._forwarding:
            await asyncio.wait(self._forwarding, timeout=grace)
        for task in tuple(self._forwarding):
            task.cancel()
        if self._forwarding:
            await asyncio.wait(self._forwarding)
        if self._client is not None:
            await self._client.aclose()

    async def _forward(self, received: HTTPRequest) -> Response:
        path, _, query = received.target.partition("?")
        if not path.startswith("/"):
            return _problem(400, "invalid_target", "the proxy takes paths only")
        headers = _passed(received.headers, _OWN)
        base = self._upstream.base(received.method, path)
        request = Request(received.method, path, query, headers, received.body, base)
        self._recorder.redactor.learn(request)
        started, began = time.time(), time.perf_counter()
        try:
            reply = await self._send(request)
        except asyncio.CancelledError:
            await self._record(request, None, started, began, "the proxy was stopped: the outcome is unknown")
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client must know that it may have been charged
            problem = self._recorder.redactor.text(_explain(error, base))
            await self._record(request, None, started, began, problem)
            response = _problem(502, "bad_gateway", problem)
            response.violation = problem
            return response
        reply.violation = await self._record(request, reply, started, began)
        return reply

    async def _send(self, request: Request) -> Response:
        """Send a request, once.

        Raises:
            httpx.HTTPError: There is no complete response.
            TimeoutError: It takes too long.
            ValueError: It is too large.
        """
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport,
                follow_redirects=False,
                limits=httpx.Limits(keepalive_expiry=_KEEP_ALIVE),
            )
        # Of an address httpx would resolve `..` and encode more than was.
        target = request.url.removeprefix("://".join(urlsplit(request.origin)[:2]))
        sent = httpx.Request(
            request.method,
            request.url,
            headers=[
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in {**request.headers, "accept-encoding": "identity"}.items()
            ],
            content=request.body or None,
            extensions={"timeout": self._timeout.as_dict(), "target": target.encode("latin-1")},
        )
        async with asyncio.timeout(MAX_SECONDS):
            response = await self._client.send(sent, stream=True)
            try:
                body = bytearray()
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > MAX_REPLY:
                        raise ValueError(f"its response has more than {MAX_REPLY} bytes")
            finally:
                await response.aclose()
        fields = join_headers(response.headers.raw)
        headers = _passed(fields, {"set-cookie", "content-length"} if body else {"set-cookie"})
        cookies = tuple(response.headers.get_list("set-cookie"))
        return Response(response.status_code, headers, bytes(body), cookies=cookies)

    async def _record(
        self, request: Request, reply: Response | None, started: float, began: float, problem: str = ""
    ) -> str:
        """Take note of an exchange before the client has the response.

        Returns:
            The first difference, for the log.
        """
        seconds = time.perf_counter() - began
        seen = None if reply is None else decoded(reply, MAX_REPLY)
        exchange = Exchange(request, seen, started, seconds, problem)
        try:
            found = await asyncio.to_thread(self._recorder.add, exchange)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets the response
            _log.error("an exchange is not recorded: %s: %s", type(error).__name__, error)
            return ""
        return f"{found[0].rule} {found[0].message}" if found else ""


def _passed(headers: Mapping[str, str], own: Iterable[str]) -> dict[str, str]:
    """The headers that are for the other end, without those of this connection."""
    named = {name.strip().lower() for name in headers.get("connection", "").split(",")}
    left_out = _HOP_BY_HOP | named | set(own)
    return {name: value for name, value in headers.items() if name not in left_out}


def _explain(error: Exception, base: str) -> str:
    """Why there is no response, and what that means for the request."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, TimeoutError):
        reason = f"it takes more than {MAX_SECONDS:g} seconds"
    if isinstance(error, _NOT_SENT):
        return f"{base} cannot be reached ({reason}): the request was not sent"
    return (
        f"{base} gave no complete response ({reason}): the outcome is unknown. "
        "The request may have been carried out and charged; it was sent once and is not sent again"
    )


def _problem(status: int, code: str, message: str) -> Response:
    return Response.json(status, {"error": {"code": code, "message": message, "type": "proxy_error"}})
