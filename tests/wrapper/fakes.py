"""What the SDK's tests run against: clocks, a server, a scripted API, and clients of both kinds."""

import asyncio
import inspect
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Any

import anyio.lowlevel
import httpx
from wrapper.hosts import LINK, TASK_ID, Host
from wrapper.http_libraries import DEFAULT, async_http, sync_http

from evolink import AsyncEvoLink, EvoLink

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
        self.now = self._clock.now
        self.advance = self._clock.advance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clock, name)

    async def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
        await anyio.lowlevel.checkpoint()


class World:
    """Clients of one kind, called from plain functions: `do` awaits what a call returns if need be."""

    def __init__(self, kind: str, library: str = DEFAULT) -> None:
        self.library = library
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
        """A client that makes its own HTTP client."""
        client = (AsyncEvoLink if self.is_async else EvoLink)(**options)
        self._clients.append(client)
        return client

    def finished(
        self, host: Host, links: Sequence[str] = (LINK,), status: str = "completed", **options: Any
    ) -> Any:
        """A task whose results are on the host; the options are those of its client."""
        task = {"id": TASK_ID, "status": status, "results": list(links), "created": self.clock.now()}
        host.states = host.states or [task]
        found = self.do(self.client(host, **options).tasks.get(TASK_ID))
        host.queries = 0
        return found

    def http(self, **options: Any) -> Any:
        http = (async_http if self.is_async else sync_http)(self.library, **options)
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
        # A client that waits for no reply may be done before its request is read.
        self.has_request = threading.Event()
        # One charge for each idempotency key, as the API promises.
        self.charged: set[bytes] = set()
        self.tls: ssl.SSLContext | None = None
        # A test may put another function in its place.
        self.serve: Callable[[Any], None] = self._serve
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
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

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
                    self.charged.add(self.found(rb"idempotency-key: (\S+)", head))
            self.has_request.set()
            if answer is not None:
                connection.sendall(answer)
                if b"999" not in answer:
                    connection.close()
        except OSError:
            pass

    @property
    def charges(self) -> int:
        """How many tasks are paid for."""
        return len(self.charged)

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


def state(status: Any = "processing", **fields: Any) -> dict[str, Any]:
    """A reply of the task query."""
    results = {"results": [LINK]} if status == "completed" else {}
    return {"id": TASK_ID, "status": status, **results, **fields}


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
