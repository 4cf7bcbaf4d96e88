"""A paid POST passes the proxy once, whatever the API does; the faults are those of docs/faults.md."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from wrapper import socket_faults
from wrapper.fakes import CERTIFICATES, Server
from wrapper.socket_faults import ANSWERED, seconds_to_wait
from wrapper.test_faults import UNSENT

from evolink_mock import Contract
from evolink_mock._drift.proxy import ProxyApplication
from evolink_mock._drift.recorder import Recorder
from evolink_mock._drift.upstream import Upstream
from evolink_mock._serving.interface import HTTPRequest
from evolink_mock._serving.server import BackgroundServer

from .conftest import CLIP, CLIPS, KEY, Proxy


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def post(open_proxy: Callable[..., Proxy], upstream: str, tmp_path: Path, **limits: float) -> httpx.Response:
    """Send a request that creates a task through a proxy, and look at what was recorded."""
    har, report = tmp_path / "t.har", tmp_path / "r.json"
    transport = httpx.AsyncHTTPTransport(verify=CERTIFICATES)
    timeout = httpx.Timeout(10, **limits)
    proxy = open_proxy(transport=transport, upstream=upstream, har=har, report=report, timeout=timeout)
    reply = proxy.post(headers={"Idempotency-Key": "paid-0123456789ab"})
    recorded = har.read_bytes() + report.read_bytes()
    assert KEY.encode() not in recorded
    assert KEY not in reply.text
    [entry] = json.loads(har.read_bytes())["log"]["entries"]
    assert entry["response"]["status"] == (0 if "proxy_error" in reply.text else reply.status_code)
    return reply


@pytest.mark.parametrize("fault", ANSWERED)
def test_request_is_sent_once(
    open_proxy: Callable[..., Proxy], server: Server, tmp_path: Path, fault: str
) -> None:
    server.script = list(ANSWERED[fault])
    reply = post(open_proxy, server.url, tmp_path, read=seconds_to_wait(fault))
    assert server.has_request.wait(60)  # the proxy may have given up before it is read
    assert len(server.submissions) == len(server.requests) == 1
    status = (ANSWERED[fault][0] or b"").partition(b" ")[2][:3]
    if "proxy_error" in reply.text:
        assert reply.status_code == 502
        assert "outcome is unknown" in reply.json()["error"]["message"]
    else:
        assert str(reply.status_code).encode() == status


NOT_SENT: dict[str, Callable[[Server], str]] = {
    "connection refused": socket_faults.refuse,
    "name not known (DNS)": lambda _: "http://api.invalid",
    "TLS handshake breaks": socket_faults.break_handshake,
    "certificate does not verify": socket_faults.unknown_certificate,
    "connecting takes too long": socket_faults.full_backlog,
}


@pytest.mark.parametrize("fault", NOT_SENT)
def test_request_that_cannot_be_sent_is_reported_so(
    open_proxy: Callable[..., Proxy],
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    upstream = NOT_SENT[fault](server)
    if upstream.endswith(".invalid"):

        def unknown(*_: Any, **__: Any) -> None:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    reply = post(open_proxy, upstream, tmp_path, connect=0.2)
    assert reply.status_code == 502
    assert "was not sent" in reply.json()["error"]["message"]
    assert server.requests == []


def test_every_fault_is_tried() -> None:
    # The proxy has no pool that is full, and reaches the API without a tunnel.
    assert set(UNSENT) - set(NOT_SENT) == {
        "no free connection in the pool",
        "proxy drops the request for a tunnel",
    }


def test_response_is_recorded_though_the_client_has_left(documented: Contract, tmp_path: Path) -> None:
    har = tmp_path / "t.har"
    arrived, go = threading.Event(), threading.Event()

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            arrived.set()
            await asyncio.to_thread(go.wait, 60)
            return httpx.Response(200, stream=httpx.ByteStream(b'{"id": "job-1"}'))

    with Recorder(documented, har=har) as recorder:
        application = ProxyApplication(Upstream(documented, "http://api.test"), recorder, transport=Slow())
        with BackgroundServer(application) as server:
            address = server.url.removeprefix("http://").split(":")
            with socket.create_connection((address[0], int(address[1]))) as client:
                body = json.dumps(CLIP).encode()
                head = f"POST {CLIPS} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
                client.sendall(head.encode() + body)
                assert arrived.wait(60)
            go.set()
    [entry] = json.loads(har.read_text())["log"]["entries"]
    assert entry["response"]["content"]["text"] == '{"id": "job-1"}'


def test_stopped_proxy_records_that_the_outcome_is_unknown(documented: Contract, tmp_path: Path) -> None:
    har = tmp_path / "t.har"

    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(3600)
            raise AssertionError

    async def stop() -> None:
        application = ProxyApplication(Upstream(documented, "http://api.test"), recorder, transport=Hanging())
        application.start(HTTPRequest("POST", CLIPS, "x", {}, json.dumps(CLIP).encode()))
        await application.close(0.01)

    with Recorder(documented, har=har) as recorder:
        asyncio.run(stop())
    [entry] = json.loads(har.read_text())["log"]["entries"]
    assert entry["response"]["status"] == 0
    assert "outcome is unknown" in entry["comment"]
