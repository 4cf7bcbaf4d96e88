"""Every test that takes the fixture `world` runs with `EvoLink` and with `AsyncEvoLink`."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import socket
import ssl
import threading
from typing import Any

import httpx
import pytest
from blockbuster import blockbuster_ctx
from contract import catalog
from key_leaks import no_key_leaks
from wrapper.hosts import LINK, TASK_ID, Host

from evolink import AsyncEvoLink, EvoLink

__all__ = ["no_key_leaks"]

KEY = "sk-test-0123456789abcdef"
# Loading them is most of the time that it takes to make a client.
CERTIFICATES = ssl.create_default_context()


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds

    def advance(self, seconds: float) -> None:
        self.time += seconds


class AsyncFakeClock:
    """The same for coroutines."""

    def __init__(self) -> None:
        self._clock = FakeClock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clock, name)

    def advance(self, seconds: float) -> None:
        self._clock.advance(seconds)

    async def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
        await asyncio.sleep(0)


class World:
    """Clients of one kind, called from plain functions: `do` awaits what a call returns if need be."""

    def __init__(self, kind: str) -> None:
        self.is_async = kind == "async"
        self.clock: Any = AsyncFakeClock() if self.is_async else FakeClock()
        self._runner = asyncio.Runner()
        self._clients: list[Any] = []

    def do(self, result: Any) -> Any:
        if inspect.isawaitable(result):
            return self._runner.run(self._awaited(result))
        return result

    def all(self, results: Any) -> list[Any]:
        return list(self.each(results))

    def each(self, results: Any) -> Any:
        if not self.is_async:
            yield from results
            return
        iterator = aiter(results)
        while True:
            try:
                yield self.do(anext(iterator))
            except StopAsyncIteration:
                return

    def client(self, handler: Any = None, **options: Any) -> Any:
        """A client whose API is a function from request to response; without one it uses real sockets."""
        options = {"api_key": KEY, "clock": self.clock, **options}
        if handler is not None:
            options["http_client"] = self.http(transport=httpx.MockTransport(handler))
        elif "http_client" not in options:
            options["http_client"] = self.http(verify=CERTIFICATES)
        client = (AsyncEvoLink if self.is_async else EvoLink)(**options)
        self._clients.append(client)
        return client

    def own(self, **options: Any) -> Any:
        """A client that makes its own httpx client."""
        client = (AsyncEvoLink if self.is_async else EvoLink)(**options)
        self._clients.append(client)
        return client

    def http(self, **options: Any) -> Any:
        http = (httpx.AsyncClient if self.is_async else httpx.Client)(**options)
        self._clients.append(http)
        return http

    def close(self) -> None:
        for client in self._clients:
            self.do((client.aclose if self.is_async else client.close)())
        self._runner.close()

    @staticmethod
    async def _awaited(result: Any) -> Any:
        return await result


SUBMITTED = json.dumps({"id": "task-1", "status": "pending"}).encode()
HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n"


class Server:
    """A scripted server on a loopback socket, one request for each connection."""

    def __init__(self) -> None:
        self.script: list[bytes | None] = []
        self.requests: list[bytes] = []
        self.charges = 0
        self.tls: ssl.SSLContext | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Any) -> None:
        data = b""
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(self.found(rb"content-length: (\d+)", head) or 0)
            while len(body) < length:
                body += connection.recv(65536)
            with self._lock:
                self.requests.append(head)
                answer = self.script.pop(0) if self.script else self.reply()
                if head.startswith(b"POST") and not (answer or b"").startswith(b"HTTP/1.1 4"):
                    self.charges += 1
            if answer is not None:
                connection.sendall(answer)
                if b"999" not in answer:
                    connection.close()
        except OSError:
            pass

    @property
    def submissions(self) -> list[bytes]:
        """The heads of all POSTs."""
        return [head for head in self.requests if head.startswith(b"POST")]

    @staticmethod
    def reply(status: bytes = b"200 OK", body: bytes = SUBMITTED, headers: bytes = b"") -> bytes:
        return HEAD % (status, len(body), headers) + body

    @staticmethod
    def found(pattern: bytes, head: bytes) -> bytes:
        match = re.search(pattern, head, re.IGNORECASE)
        return match[1] if match else b""

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who accepts
        self._listener.close()
        for connection in self._open:
            connection.close()


class Api:
    """A scripted API: answers with what it is given, the last answer again and again."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer: Any = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(request)
            if isinstance(answer, httpx.Response):
                return answer
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, dict):
            return httpx.Response(200, json=answer)
        if isinstance(answer, int):
            return httpx.Response(answer)
        # Made anew: a response belongs to the one client that has read it.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]

    @property
    def body(self) -> Any:
        return json.loads(self.last.content)


@pytest.fixture
def clean(monkeypatch: Any) -> Any:
    """An environment without variables of this API."""
    monkeypatch.delenv("EVOLINK_API_KEY", raising=False)
    monkeypatch.delenv("EVOLINK_BASE_URL", raising=False)
    return monkeypatch


@pytest.fixture
def no_blocking() -> Any:
    """Fails a blocking call of ours, or of what we call, on the event loop."""
    with blockbuster_ctx("evolink") as detector:
        for function in detector.functions.values():
            # Code and data of packages are read once.
            function.can_block_in("importlib/_bootstrap_external.py", "get_data")
            function.can_block_in("_contract/index.py", "_read")
            # httpx reads certificates when a client is made.
            function.can_block_in("httpx/_config.py", "load_ssl_context_verify")
        yield detector


@pytest.fixture(params=["sync", "async"])
def world(request: Any, clean: Any, no_blocking: Any) -> Any:
    world = World(request.param)
    yield world
    world.close()


@pytest.fixture
def async_world(clean: Any, no_blocking: Any) -> Any:
    """For tests of `AsyncEvoLink` alone."""
    world = World("async")
    yield world
    world.close()


@pytest.fixture
def server() -> Any:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def api() -> Any:
    """Makes scripted APIs."""
    return Api


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def state() -> Any:
    """Makes replies of the task query."""

    def make(status: str = "processing", **fields: Any) -> dict[str, Any]:
        return {"id": TASK_ID, "status": status, **fields}

    return make


@pytest.fixture
def example() -> dict[str, Any]:
    """A valid request body of the first model."""
    return dict(examples()[0])


def examples() -> list[dict[str, Any]]:
    """A valid request of every video model; those of all models are tested in `contract`."""
    return [model.example for model in catalog.keyword_models() if model.resource == "videos"]


def pytest_generate_tests(metafunc: Any) -> None:
    """A test that takes `any_example` runs for every model of the contract."""
    if "any_example" in metafunc.fixturenames:
        bodies = examples()
        metafunc.parametrize("any_example", bodies, ids=[body["model"] for body in bodies])


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def finished(world: Any, host: Any) -> Any:
    """Makes a completed task whose results are on the host."""

    def make(links: Any = (LINK,), status: Any = "completed", **options: Any) -> Any:
        state = {"id": TASK_ID, "status": status, "results": list(links), "created": world.clock.now()}
        host.states = host.states or [state]
        task = world.do(world.client(host, **options).tasks.get(TASK_ID))
        host.queries = 0
        return task

    return make
