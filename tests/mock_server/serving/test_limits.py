"""What the server takes of a client, in bytes, in time and in number."""

import asyncio
import contextlib
import functools
import math
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conditions import wait_until

from evolink_mock._http.messages import Response
from evolink_mock._serving.limits import Limits
from evolink_mock._serving.server import BackgroundServer, HTTPServer, bind

from .conftest import SLOW, Echo, RawClient, Serving, get, post

Start = Callable[..., Serving]


def send_until_refused(client: RawClient, piece: bytes, count: int) -> int:
    """Send the same over and over; how many bytes the server let itself be sent."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        for _ in range(count):
            client.send(piece)
            sent += len(piece)
    return sent


def answered(serving: Serving, raw: bytes) -> RawClient:
    """Send the first request and take its response; a connection may be idle for too long before that."""
    while True:
        client = serving.send(raw)
        with contextlib.suppress(EOFError, ConnectionError):
            assert client.response().status == 200
            return client
        assert not serving.app.requests


def test_an_endless_head_is_refused(start: Start) -> None:
    """RFC 6585, 5."""
    client = start().send(get()[:-2] + b"X: ")
    send_until_refused(client, b"a" * 65_536, 20)
    assert client.response().status == 431


def test_a_body_that_is_declared_too_large_is_refused_at_once(start: Start) -> None:
    """RFC 9110, 15.5.14; RFC 9112, 9.6: the client still reads the response while it sends."""
    client = start(body=1000).send(get("/", "Content-Length: 50000000", method="POST"))
    send_until_refused(client, b"a" * 65_536, 40)
    response = client.response()
    assert (response.status, response.headers["connection"]) == (413, "close")


def test_a_chunked_body_is_refused_once_it_is_too_large(start: Start) -> None:
    """RFC 9110, 15.5.14."""
    client = start(body=1000).send(get("/", "Transfer-Encoding: chunked", method="POST"))
    send_until_refused(client, b"1\r\nx\r\n" * 1000, 40)
    assert client.response().status == 413


def test_large_bodies_of_all_connections_have_one_limit(start: Start) -> None:
    serving = start(total=100_000)
    clients = [serving.send(get("/", "Content-Length: 60000", method="POST"), b"a" * 59_000)]
    wait_until(lambda: serving.background.server.held >= 59_000)
    clients.append(serving.send(get("/", "Content-Length: 60000", method="POST"), b"a" * 59_000))
    assert clients[1].response().status == 503
    assert clients[0].send(b"a" * 1000).response().status == 200
    assert serving.background.server.held == 0


def test_what_is_sent_ahead_is_limited(start: Start) -> None:
    serving = start(backlog=10_000)
    serving.app.responses["/slow"] = Response(200, {})
    client = serving.send(get("/slow"))
    client.socket.setblocking(False)
    sent, piece, rest = 0, get("/ahead", f"X: {'a' * 5000}") * 10, b""
    with contextlib.suppress(BlockingIOError):
        while sent < 10**9:
            rest = rest or piece
            size = client.socket.send(rest)
            sent, rest = sent + size, rest[size:]
    assert sent < 10**8
    assert serving.background.server.held < 10**6
    serving.app.go.set()
    client.socket.settimeout(10)
    for _ in range(1 + sent // len(piece) * 10):
        assert client.response().status == 200


def test_more_connections_than_allowed_are_refused(start: Start) -> None:
    """RFC 9110, 15.6.4."""
    serving = start(connections=2)
    kept = [serving.send(get()) for _ in range(2)]
    assert [client.response().status for client in kept] == [200, 200]
    assert serving.connect().response().status == 503
    assert kept[0].send(get()).response().status == 200
    kept.pop().close()
    for _ in range(1000):
        with contextlib.suppress(ConnectionError):
            if serving.send(get()).response().status == 200:
                return
    pytest.fail("the place of a closed connection is not given away")


@pytest.mark.parametrize(
    ("limits", "raw"),
    [
        ({"head_time": 0.05}, b"GET / HTTP/1.1\r\nHost: a\r\n"),
        ({"body_time": 0.05}, get("/", "Content-Length: 3", method="POST") + b"ab"),
        ({"body_time": 0.05}, get("/", "Transfer-Encoding: chunked", method="POST") + b"1\r\n"),
    ],
)
def test_a_request_that_comes_too_slowly_is_dropped(start: Start, limits: Any, raw: bytes) -> None:
    """RFC 9110, 15.5.9."""
    client = start(**limits).send(get() + raw)
    assert client.response().status == 200
    assert client.response().status == 408
    assert client.is_closed()


def test_bytes_that_trickle_in_win_no_time(start: Start) -> None:
    client = start(head_time=0.2).send(b"GET / HTTP/1.1\r\nX: ")
    client.socket.settimeout(0.01)
    for _ in range(500):
        with contextlib.suppress(ConnectionError):
            client.send(b"a")
        try:
            assert client.socket.recv(100).startswith(b"HTTP/1.1 408 ")
        except TimeoutError:
            continue
        return
    pytest.fail("the connection is still open")


def test_an_idle_connection_is_closed_without_a_word(start: Start) -> None:
    """RFC 9112, 9.5."""
    serving = start(idle_time=0.05)
    assert serving.connect().is_closed()
    assert answered(serving, get()).is_closed()


def test_waiting_for_a_response_is_not_being_idle(start: Start) -> None:
    serving = start(idle_time=0.05, head_time=0.05, body_time=0.05)
    serving.app.responses["/late"] = Response(200, {}, delay=0.3)
    answered(serving, get("/late"))


def test_a_client_that_reads_nothing_is_dropped(start: Start) -> None:
    serving = start(write_time=0.1)
    serving.app.responses["/large"] = Response(200, {}, b"a" * 50_000_000)
    client = serving.send(get("/large"))
    client.head()
    wait_until(lambda: not serving.background.server.connections)
    with contextlib.suppress(ConnectionError):
        assert len(client.rest()) < 50_000_000


def test_a_client_that_reads_slowly_is_served(start: Start) -> None:
    """Each piece that it takes gives it time for the next."""
    serving = start(write_time=0.3)
    serving.app.responses["/large"] = Response(200, {}, b"a" * 20_000_000)
    pause = threading.Event()
    size, longest = 0, math.inf
    while size < 20_000_000 and longest > 0.2:  # it was held up: that does not count
        client = serving.send(get("/large"))
        client.head()
        size, longest, before = 0, 0.0, time.monotonic()
        with contextlib.suppress(ConnectionError):
            while size < 20_000_000 and (piece := client._file.read(1_000_000)):
                size += len(piece)
                pause.wait(0.03)
                longest, before = max(longest, time.monotonic() - before), time.monotonic()
        longest = max(longest, time.monotonic() - before)
    assert size == 20_000_000


def test_responses_that_nobody_reads_stop_the_answering(start: Start) -> None:
    serving = start(write_time=0.2)
    serving.app.responses["/"] = Response(200, {}, b"a" * 60_000)
    client = serving.connect()
    with contextlib.suppress(ConnectionError):
        client.send(get() * 20_000)
    client.head()
    wait_until(lambda: not serving.background.server.connections)
    assert len(serving.app.requests) < 20_000


def test_stopping_finishes_what_is_under_way(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = start()
    server = serving.background.server
    monkeypatch.setattr(server, "stop", functools.partial(server.stop, grace=60))
    serving.app.responses |= {"/late": Response(200, {}, delay=0.1), "/hang": Response(200, {}, hang=True)}
    late, hanging, idle = serving.send(get("/late")), serving.send(get("/hang")), serving.send(get())
    slow = serving.send(get(SLOW))
    assert idle.response().status == 200
    begun = serving.send(get("/begun", "Content-Length: 3", method="POST"))
    wait_until(lambda: len(serving.app.requests) == 4 and serving.background.server.held)
    stopping = threading.Thread(target=serving.background.stop)
    stopping.start()
    assert idle.is_closed()
    assert hanging.is_closed()
    assert begun.send(b"abc").response().headers["connection"] == "close"
    serving.app.go.set()
    assert slow.response().headers["connection"] == "close"
    assert late.response().status == 200
    stopping.join()
    with pytest.raises(ConnectionError):
        serving.connect()


def test_stopping_waits_no_longer_than_it_should() -> None:
    async def main() -> None:
        app = Echo({"/late": Response(200, {}, delay=1000)})
        server, listener = HTTPServer(app, limits=Limits()), bind("127.0.0.1", 0)
        await server.start(listener)
        _, port = listener.getsockname()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get("/late"))
        await asyncio.to_thread(wait_until, lambda: app.requests)
        await asyncio.wait_for(server.stop(grace=0.05), 60)
        assert await reader.read() == b""
        writer.close()

    asyncio.run(main())


def test_a_server_is_found_at_its_address() -> None:
    app = Echo()
    for host in ("127.0.0.1", "::1"):
        try:
            listener = bind(host, 0)
        except OSError:
            assert host == "::1", "the machine has no IPv6"
            continue
        with BackgroundServer(app, listener=listener) as server:
            client = RawClient(server.url)
            assert client.send(post(b"x")).response().status == 200
            client.close()


def test_two_servers_cannot_share_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", other.getsockname()[1])


def test_server_that_cannot_start_says_why() -> None:
    def no_loop() -> asyncio.AbstractEventLoop:
        raise OSError("too many open files")

    with pytest.raises(OSError, match="too many open files"), BackgroundServer(Echo(), loop_factory=no_loop):
        pass
