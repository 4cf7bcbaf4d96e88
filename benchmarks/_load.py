"""A load generator: prepared bytes over many persistent connections, each sending again once it was answered.

It shares a small machine with the server under load, so it does as little as possible: it reads only the
status and the length of a reply.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple, cast

import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENGTH = b"\r\ncontent-length:"


class Load(NamedTuple):
    """The result of a run.

    Attributes:
        rate: Replies per second.
        busy: The share of the time in which the generator itself was busy.
    """

    rate: float
    busy: float


def run(port: int, request: bytes, count: int, connections: int) -> Load:
    """Send a request many times and measure the rate of replies.

    Args:
        port: Where the server listens, on this machine.
        request: Head and body as they go over the wire.
        count: How many requests, over all connections.
        connections: How many connections are open at the same time.

    Raises:
        RuntimeError: A reply is not 200, or the server closes a connection.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(port, request, count, connections))


async def _run(port: int, request: bytes, count: int, connections: int) -> Load:
    loop = asyncio.get_running_loop()
    turns = iter(range(count))
    opened = [
        (await loop.create_connection(lambda: _Connection(request, turns), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    began, worked = time.perf_counter(), time.thread_time()
    for connection in opened:
        connection.send()
    await asyncio.gather(*(connection.done for connection in opened))
    took = time.perf_counter() - began
    busy = (time.thread_time() - worked) / took
    for connection in opened:
        connection.close()
    return Load(count / took, busy)


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, turns: Iterator[int]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._turns = turns
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        """Send the next request, or finish if there is none."""
        if next(self._turns, None) is None:
            self.done.set_result(None)
        else:
            self._transport.write(self._request)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head):
            self._buffer = b""
            if head.startswith(b"HTTP/1.1 200"):
                self.send()
            else:
                self._fail(f"the server answered {head[:15]!r} {body[:200]!r}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the server closed the connection: {exc}")

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(why))


def _length(head: bytes) -> int:
    head = head.lower()
    start = head.index(_LENGTH) + len(_LENGTH)
    return int(head[start:].partition(b"\r\n")[0])
