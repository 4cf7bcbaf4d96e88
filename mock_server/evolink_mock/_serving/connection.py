"""One connection: reading, answering in order, and closing it in time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from functools import partial
from typing import TYPE_CHECKING, cast

from .._http.messages import Response
from .encoding import CONTINUE, encode, encode_refusal, server_error
from .parsing import ProtocolError, RequestParser

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .hub import Hub
    from .interface import HTTPRequest

_PIECE = 64 * 1024  # of a large body, written once the client has taken most of the one before
_SLICE = 8 * 1024  # of the input, so that few requests are parsed before they are answered
_TURN = 16  # requests of a connection that are answered before others have their turn

_log = logging.getLogger("evolink_mock")


class Connection(asyncio.Protocol):
    """Serves one client.

    While it is busy with a request nothing further is parsed: what the client sends ahead is kept up
    to a limit, and then left in the network.

    Args:
        hub: What it shares with the other connections.

    Attributes:
        deadline: Until when the client has to go on, in seconds of the event loop.
    """

    def __init__(self, hub: Hub) -> None:
        self.deadline = math.inf
        self._hub = hub
        self._limits = hub.limits
        self._parser = RequestParser(hub.limits)
        self._backlog = bytearray()
        self._held = 0  # bytes of input, as counted by the hub
        self._in_thread = 0  # bytes of a body that is handled in a thread
        self._output: list[bytes] = []
        self._rest: memoryview | None = None  # of a large body that is being written
        self._timed: tuple[int, bool] | None = None  # the head or body that the deadline is for
        self._hung: tuple[HTTPRequest, Response, float] | None = None
        self._is_busy = False
        self._is_last = False  # whether the large body is the last one
        self._is_ended = False  # by the client, who may still read
        self._is_closing = False
        self._is_write_paused = False
        self._writable = asyncio.Event()
        self._writable.set()
        self._streaming: asyncio.Future[None] | None = None
        self._is_read_paused = False
        self._is_awake = False  # whether `advance` is going to be called

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or refuse to where there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_PIECE)
        self.deadline = self._hub.now + self._limits.idle_time
        if not self._hub.add(self):
            self._refuse(ProtocolError(503, "There are too many connections"), linger=False)

    def data_received(self, data: bytes) -> None:
        """Take input."""
        if self._is_closing or self._hung is not None:
            return  # it would never be answered
        self._backlog += data
        self._wake()

    def eof_received(self) -> bool:
        """Close, or answer first what was asked for before; returns whether to stay open."""
        self._is_ended = True
        self._wake()
        return not self._is_closing and self._hung is None and self._streaming is None

    def pause_writing(self) -> None:
        """Wait until the client has read more."""
        self._is_write_paused = True
        self._writable.clear()
        self.deadline = self._hub.now + self._limits.write_time

    def resume_writing(self) -> None:
        """Go on."""
        self._is_write_paused = False
        self._writable.set()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the interface of asyncio
        """End."""
        self._is_closing = True
        self.deadline = math.inf
        self._drop_input()
        self._output.clear()
        self._rest = None
        if self._hung is not None:
            request, response, began = self._hung
            self._hung = None
            self._hub.application.released(response)
            self._hub.report(request, response, None, began)
        if self._streaming is not None:
            self._streaming.cancel()
        self._hub.remove(self)

    # What the hub calls.

    def advance(self) -> None:
        """Answer what can be answered, and see to what comes next."""
        self._is_awake = False
        parser = self._parser
        steps = 0
        if self._rest is not None:
            self._write_rest()
        while not (self._is_busy or self._is_write_paused or self._is_closing):
            steps += 1
            if steps > _TURN:
                self._wake()
                break
            if parser.requests:
                self._answer(parser.requests.popleft())
            elif parser.error is not None:
                self._refuse(parser.error)
            elif self._backlog:
                parser.feed(bytes(self._backlog[:_SLICE]))
                del self._backlog[:_SLICE]
            elif self._is_ended or (self._hub.is_stopping and not (parser.in_head or parser.in_body)):
                self._close()
            else:
                if parser.expects_continue:
                    parser.expects_continue = False
                    self._output.append(CONTINUE)
                break
        if not self._is_closing:
            self._set_deadline()
            self._limit_input()

    def flush(self) -> None:
        """Write the responses that wait for it."""
        if self._output:
            self._transport.write(b"".join(self._output))
            self._output.clear()

    def expire(self) -> None:
        """Close the connection of a client that has let its deadline pass."""
        if self._is_closing or self._is_write_paused or self._rest is not None:
            self._transport.abort()
        elif self._parser.in_head or self._parser.in_body:
            self._refuse(ProtocolError(408, "The request did not come in time"))
        else:
            self._close()

    def stop(self) -> None:
        """Close once the current request is answered; at once if there is none."""
        if self._hung is not None or self._streaming is not None:
            self._transport.abort()
        elif not (self._is_under_way or self._parser.in_head or self._parser.in_body or self._is_closing):
            self._close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    # Its own work.

    @property
    def _is_under_way(self) -> bool:
        """Whether something is left to be answered or written."""
        return bool(self._is_busy or self._is_write_paused or self._parser.requests or self._backlog)

    def _wake(self) -> None:
        """Have the hub call `advance`."""
        if not self._is_awake:
            self._is_awake = True
            self._hub.wake(self)

    def _answer(self, request: HTTPRequest) -> None:
        hub = self._hub
        began = hub.stopwatch()
        answer = hub.answer(request)
        if isinstance(answer, Response):
            self._take(request, answer, began)
            return
        self._is_busy = True
        self._in_thread = len(request.body)
        answer.add_done_callback(partial(self._take_later, request, began))

    def _take_later(self, request: HTTPRequest, began: float, future: asyncio.Future[Response]) -> None:
        self._is_busy = False
        self._in_thread = 0
        if not future.cancelled():
            self._take(request, future.result(), began)
            self._wake()

    def _take(self, request: HTTPRequest, response: Response, began: float) -> None:
        """Send a response, now or later or never."""
        self._hub.application.handled(response)
        if response.hang and not self._is_closing:
            self._is_busy = True
            self._hung = request, response, began
        elif response.hang:
            self._hub.application.released(response)
        elif response.delay:
            self._is_busy = True
            self._hub.call_later(response.delay, self._release, request, response, began)
        else:
            self._send(request, response, began)

    def _release(self, request: HTTPRequest, response: Response, began: float) -> None:
        self._is_busy = False
        self._hub.application.released(response)
        self._send(request, response, began)
        self._wake()

    def _send(self, request: HTTPRequest, response: Response, began: float) -> None:
        hub = self._hub
        if response.drop or self._is_closing:
            hub.report(request, response, None, began)
            if not self._is_closing:
                self._close()
            return
        try:
            head, body, is_last = encode(response, request, hub.date, is_last=hub.is_stopping)
        except ValueError:
            _log.exception("no answer to %s %s", request.method, request.target.partition("?")[0])
            response = server_error()
            head, body, is_last = encode(response, request, hub.date, is_last=hub.is_stopping)
        hub.report(request, response, response.status, began)
        self._output.append(head)
        if response.stream is not None:
            self._is_busy = True
            self._streaming = asyncio.ensure_future(self._write_stream(response.stream))
        elif len(body) > _PIECE:
            self._is_busy = True
            self._rest = memoryview(body)
            self._is_last = is_last
            self._write_rest()
        else:
            self._output.append(body)
            if is_last:
                self._close()

    def _write_rest(self) -> None:
        """Write a large body piece by piece, as the client reads it."""
        self.flush()
        for _ in range(_TURN):
            if self._rest is None or self._is_write_paused:
                return
            piece = self._rest[:_PIECE]
            self._rest = self._rest[_PIECE:] or None
            self.deadline = self._hub.now + self._limits.write_time
            self._transport.write(piece)
            if self._rest is None:
                self._is_busy = False
                if self._is_last:
                    self._close()
        self._wake()

    async def _write_stream(self, stream: AsyncGenerator[bytes]) -> None:
        """Write a body that has no end, each part once the client has taken most of those before."""
        try:
            async with contextlib.aclosing(stream):
                async for part in stream:
                    self._output.append(part)
                    self.flush()
                    await self._writable.wait()
        except Exception:  # noqa: BLE001 - whatever it is, the log has the reason
            _log.exception("a response without an end has failed")
        self._close()

    def _refuse(self, error: ProtocolError, *, linger: bool = True) -> None:
        """Say what is wrong, and close."""
        self._output.append(encode_refusal(error, self._hub.date))
        self._hub.report_refusal(error)
        self._close(linger=linger)

    def _close(self, *, linger: bool = False) -> None:
        """Close once everything is written.

        Args:
            linger: Whether the client may still be sending. A connection that is closed with unread
                input is reset, and the client may lose the response (RFC 9112, 9.6).
        """
        self.flush()
        self._is_closing = True
        self._drop_input()
        if linger and not self._is_ended:
            self.deadline = self._hub.now + self._limits.linger_time
            if self._is_read_paused:
                self._transport.resume_reading()
            self._transport.write_eof()
        else:
            self.deadline = self._hub.now + self._limits.write_time
            self._transport.close()

    def _set_deadline(self) -> None:
        parser = self._parser
        if self._is_write_paused or self._rest is not None:
            self._timed = None  # the deadline is set with each piece that is written
        elif self._is_busy:
            self._timed = None
            self.deadline = math.inf
        elif parser.in_head or parser.in_body:
            step = parser.messages, parser.in_body
            if step != self._timed:
                self._timed = step
                time = self._limits.body_time if parser.in_body else self._limits.head_time
                self.deadline = self._hub.now + time
        else:
            self._timed = None
            self.deadline = self._hub.now + self._limits.idle_time

    def _limit_input(self) -> None:
        """Keep what is held of the input within bounds."""
        waiting = len(self._backlog)
        if self._is_read_paused:
            if waiting <= self._limits.backlog // 2:
                self._is_read_paused = False
                self._transport.resume_reading()
        elif waiting > self._limits.backlog:
            self._is_read_paused = True
            self._transport.pause_reading()
        held = waiting + self._in_thread + (self._parser.body_size if self._parser.in_body else 0)
        if held != self._held:
            self._hold(held)
            if self._hub.held > self._limits.total:
                self._refuse(ProtocolError(503, "There are too many large requests"))

    def _drop_input(self) -> None:
        self._parser.clear()
        self._backlog.clear()
        self._hold(0)

    def _hold(self, size: int) -> None:
        self._hub.held += size - self._held
        self._held = size
