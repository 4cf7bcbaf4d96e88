"""A server over an application that echoes, and a client that sees every byte."""

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import pytest
import uvloop

from evolink_mock._http.messages import Response
from evolink_mock._serving.interface import HTTPRequest
from evolink_mock._serving.limits import Limits
from evolink_mock._serving.server import BackgroundServer

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
SLOW = "/slow"


@dataclass
class Echo:
    """Answers with what it was asked, or with a prepared response."""

    responses: dict[str, Response] = field(default_factory=dict)
    requests: list[HTTPRequest] = field(default_factory=list)
    released_responses: list[Any] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def is_slow(self, request: HTTPRequest) -> bool:
        return request.target == SLOW

    def handle(self, request: HTTPRequest) -> Response:
        self.requests.append(request)
        if request.target == SLOW:
            assert self.go.wait(60)
        if request.target.startswith("/broken"):
            raise KeyError(request.target)
        if request.target in self.responses:
            return self.responses[request.target]
        said = {
            "method": request.method,
            "target": request.target,
            "host": request.host,
            "headers": request.headers,
            "body": request.body.decode("latin-1"),
        }
        return Response(200, {"content-type": "application/json"}, json.dumps(said).encode())

    def handled(self, response: Any) -> None:
        pass

    def released(self, response: Any) -> None:
        self.released_responses.append(response)

    async def close(self, _: float) -> None:
        pass


class RawResponse(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class RawClient:
    """One connection, written and read byte by byte."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
        self._file = self.socket.makefile("rb")

    def send(self, *parts: bytes) -> Self:
        for part in parts:
            self.socket.sendall(part)
        return self

    def response(self, method: str = "GET") -> RawResponse:
        """Read one response to a request of this method."""
        status, headers = self.head()
        if method == "HEAD" or status < 200 or status in {204, 304}:
            return RawResponse(status, headers, b"")
        return RawResponse(status, headers, self._file.read(int(headers["content-length"])))

    def head(self) -> tuple[int, dict[str, str]]:
        line = self._file.readline()
        if not line:
            raise EOFError
        version, status, _ = line.decode("latin-1").split(" ", 2)
        assert version == "HTTP/1.1"
        headers = {}
        while (line := self._file.readline()) != b"\r\n":
            assert line.endswith(b"\r\n"), line
            name, _, value = line.decode("latin-1").partition(":")
            assert name not in headers, name
            headers[name] = value.strip()
        return int(status), headers

    def rest(self) -> bytes:
        """Read until the server closes the connection."""
        return self._file.read()

    def is_closed(self) -> bool:
        """Whether the server closes the connection, with nothing more said."""
        try:
            return self.rest() == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Serving:
    """A running server, its application, and its clients."""

    def __init__(self, server: BackgroundServer, app: Echo) -> None:
        self.background, self.app, self.url = server, app, server.url
        self._clients: list[RawClient] = []

    def connect(self) -> RawClient:
        self._clients.append(RawClient(self.url))
        return self._clients[-1]

    def send(self, *parts: bytes) -> RawClient:
        return self.connect().send(*parts)

    def close(self) -> None:
        for client in self._clients:
            client.close()


def get(target: str = "/", *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/{version}", "Host: mock.test", *fields, "", ""]).encode()


def post(body: bytes, *fields: str, target: str = "/") -> bytes:
    return get(target, f"Content-Length: {len(body)}", *fields, method="POST") + body


@pytest.fixture(params=LOOPS)
def start(request: pytest.FixtureRequest) -> Iterator[Callable[..., Serving]]:
    """Start servers with the given limits, on each kind of event loop."""
    with contextlib.ExitStack() as stack:

        def start(**limits: Any) -> Serving:
            app = Echo()
            background = BackgroundServer(app, limits=Limits(**limits), loop_factory=LOOPS[request.param])
            serving = Serving(stack.enter_context(background), app)
            stack.callback(app.go.set)
            stack.callback(serving.close)
            return serving

        yield start


@pytest.fixture
def serving(start: Callable[..., Serving]) -> Serving:
    """A server with the limits that users get."""
    return start()
