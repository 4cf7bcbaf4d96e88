"""Runs the tests through every adapter: respx and the transport in the process, and HTTP on the loopback."""

import asyncio
import contextlib
import functools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import uvicorn

from evolink_mock import Contract, Engine, EvoLinkMock, VirtualClock
from evolink_mock._adapters.server import EngineApplication
from evolink_mock._serving.server import BackgroundServer
from evolink_mock.asgi import MockApp, create_app

CONTRACT_FILE = Path(__file__).with_name("contract.yaml")
# Every adapter with each of its code paths: a server does not see how a client waits.
ADAPTERS = (("respx", "sync"), ("respx", "async"), ("transport", "async"), ("http", "sync"), ("asgi", "sync"))
SERVERS = ("http", "asgi")
# Nothing here is encrypted, and loading certificates for each client takes longer than the tests.
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class ApiClient:
    """A sync or async httpx client of an engine, through one adapter."""

    def __init__(self, engine: Engine, base_url: str, style: str, options: dict[str, Any]) -> None:
        self.engine = engine
        self.base_url = base_url
        self.style = style
        self._options = {"verify": TLS, "trust_env": False, **options}

    def send(
        self, method: str, url: str, *, key: str | None = "evolink-mock-key", **how: Any
    ) -> httpx.Response:
        """Send one request; relative addresses lead to the API."""
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        how["headers"] = headers | dict(how.get("headers", {}))
        url = url if "://" in url else f"{self.base_url}{url}"
        if self.style == "sync":
            with httpx.Client(**self._options) as client:
                return client.request(method, url, **how)

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(**self._options) as client:
                return await client.request(method, url, **how)

        return asyncio.run(send())

    def post(self, url: str, body: Any, **how: Any) -> httpx.Response:
        return self.send("POST", url, json=body, **how)

    def get(self, url: str, **how: Any) -> httpx.Response:
        return self.send("GET", url, **how)

    def control(self, command: str, body: Any = None) -> httpx.Response:
        """Send a command to the admin API."""
        method = "GET" if body is None else "POST"
        return self.send(method, f"/_mock/{command}", json=body, key=None)


class ASGIServer:
    """A third-party server on the loopback that serves one application after the other."""

    def __init__(self) -> None:
        self.app: MockApp | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://{}:{}".format(*self._listener.getsockname())
        config = uvicorn.Config(
            self._serve,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_level="critical",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


@pytest.fixture(scope="session")
def asgi_server() -> Iterator[ASGIServer]:
    with ASGIServer() as server:
        yield server


@pytest.fixture(scope="session")
def synthetic() -> Contract:
    return Contract.load(CONTRACT_FILE)


@pytest.fixture(params=["sync", "async"])
def style(request: pytest.FixtureRequest) -> str:
    """How requests are sent."""
    return str(request.param)


@pytest.fixture
def serve_by(request: pytest.FixtureRequest) -> Iterator[Callable[[str, MockApp], str]]:
    """Serve an application by a kind of server; returns the address."""
    with contextlib.ExitStack() as stack:

        def serve(kind: str, app: MockApp) -> str:
            if kind == "http":
                return stack.enter_context(BackgroundServer(EngineApplication(app.engine))).url
            server: ASGIServer = request.getfixturevalue("asgi_server")
            server.app = app
            return server.url

        yield serve


@pytest.fixture(params=SERVERS)
def serve(
    request: pytest.FixtureRequest, serve_by: Callable[[str, MockApp], str]
) -> Callable[[MockApp], str]:
    """Serve an application by each kind of server; returns the address."""
    return functools.partial(serve_by, request.param)


@pytest.fixture(params=ADAPTERS, ids="-".join)
def open_api(request: pytest.FixtureRequest) -> Iterator[Callable[..., ApiClient]]:
    """Make a client of a mock with options, through each adapter."""
    kind, style = request.param
    with contextlib.ExitStack() as stack:

        def open_(**options: Any) -> ApiClient:
            if kind in SERVERS:
                app = create_app(**{"clock": VirtualClock(), **options})
                return ApiClient(
                    app.engine, request.getfixturevalue("serve_by")(kind, app), style, {"timeout": 60}
                )
            mock = EvoLinkMock(**options)
            if kind == "respx":
                stack.enter_context(mock)
                return ApiClient(mock._engine, mock.base_url, style, {})
            return ApiClient(mock._engine, mock.base_url, style, {"transport": mock.transport()})

        yield open_


@pytest.fixture
def api(open_api: Callable[..., ApiClient], synthetic: Contract) -> ApiClient:
    """A client of the synthetic API, through each adapter."""
    return open_api(contract=synthetic)


@pytest.fixture
def one_api(mock: EvoLinkMock) -> ApiClient:
    """A client of the synthetic API through one adapter, for rules that no adapter has a part in."""
    return ApiClient(mock._engine, mock.base_url, "sync", {})


@pytest.fixture
def mock(synthetic: Contract) -> Iterator[EvoLinkMock]:
    """The synthetic API in the process."""
    with EvoLinkMock(contract=synthetic) as mock:
        yield mock


@pytest.fixture
def client(mock: EvoLinkMock) -> Iterator[httpx.Client]:
    """A client of the synthetic API in the process."""
    with client_of(mock) as client:
        yield client


def client_of(mock: EvoLinkMock, **options: Any) -> httpx.Client:
    """A client with the key of a mock."""
    options = {
        "base_url": mock.base_url,
        "verify": TLS,
        "headers": {"Authorization": f"Bearer {mock.api_key}"},
        **options,
    }
    return httpx.Client(**options)


CLIP = {"model": "toon-1", "prompt": "A kite"}
CLIPS = "/v2/clips/generations"


def completed(api: ApiClient, **body: Any) -> dict[str, Any]:
    """Create a clip, let its time pass, and return the body of the query."""
    reply = api.post(CLIPS, CLIP | body)
    assert reply.status_code == 200, reply.text
    api.engine.clock.advance(1000)
    state: dict[str, Any] = api.get(f"/v2/jobs/{reply.json()['id']}").json()
    assert state["status"] == "completed"
    return state
