"""Responses without an end: the connection is closed after them (RFC 9112, 6.3)."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from conditions import wait_until

from evolink_mock._http.messages import Response

from .conftest import Serving, get


class Stream:
    """Parts that are sent one after the other, and what becomes of them."""

    def __init__(self, *parts: bytes, error: Exception | None = None, is_endless: bool = False) -> None:
        self.sent = 0
        self.is_closed = False
        self._parts, self._error, self._is_endless = parts, error, is_endless

    async def _send(self) -> AsyncGenerator[bytes]:
        try:
            while True:
                for part in self._parts:
                    self.sent += 1
                    yield part
                if self._error is not None:
                    raise self._error
                if not self._is_endless:
                    return
                await asyncio.sleep(0)
        finally:
            self.is_closed = True

    def response(self) -> Response:
        return Response(200, {"content-type": "text/event-stream"}, stream=self._send())


def test_stream_ends_with_the_connection(serving: Serving) -> None:
    stream = Stream(b"one", b"two")
    serving.app.responses["/"] = stream.response()
    client = serving.send(get() + get("/next"))
    status, headers = client.head()
    assert (status, headers["connection"]) == (200, "close")
    assert "content-length" not in headers
    assert client.rest() == b"onetwo"
    assert [request.target for request in serving.app.requests] == ["/"]


def test_stream_stops_when_the_client_leaves(serving: Serving) -> None:
    stream = Stream(b"x", is_endless=True)
    serving.app.responses["/"] = stream.response()
    client = serving.send(get())
    client.head()
    client.close()
    wait_until(lambda: stream.is_closed)


def test_stream_waits_for_its_reader(start: Callable[..., Serving]) -> None:
    serving = start(write_time=0.3)
    stream = Stream(bytes(64 * 1024), is_endless=True)
    serving.app.responses["/"] = stream.response()
    serving.send(get())  # and never reads
    wait_until(lambda: stream.is_closed)
    # What the system buffers and a little more, not what could be sent in that time.
    assert stream.sent < 400


def test_failed_stream_closes_its_connection(serving: Serving) -> None:
    stream = Stream(b"one", error=ValueError("no more"))
    serving.app.responses["/"] = stream.response()
    client = serving.send(get())
    client.head()
    assert client.rest() == b"one"
    assert serving.send(get("/next")).response().status == 200


def test_stream_does_not_hold_up_the_end_of_the_server(serving: Serving) -> None:
    stream = Stream(b"x", is_endless=True)
    serving.app.responses["/"] = stream.response()
    serving.send(get()).head()
    serving.background.stop()
    wait_until(lambda: stream.is_closed)
