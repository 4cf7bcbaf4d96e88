"""Every client through every adapter of the mock: sync and async, in-process and over HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from contract.clients import Client, MakeClient, client_factory
from contract.reply_checker import ReplyChecker
from key_leaks import no_key_leaks
from mock_process import serving

from evolink_mock import Engine, EvoLinkMock, Request, Response, VirtualClock
from evolink_mock.asgi import create_app

__all__ = ["no_key_leaks"]

KEY = "contract-tests-key"
# ASGI is async only.
ADAPTERS = [
    (kind, adapter)
    for adapter in ("respx", "transport", "asgi", "http")
    for kind in ("sync", "async")
    if (kind, adapter) != ("sync", "asgi")
]


@pytest.fixture(autouse=True)
def reply_checker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplyChecker]:
    """Fails any test in which the mock sends a reply that breaks the documents."""
    checker = ReplyChecker()
    original = Engine.handle

    def handle(self: Engine, request: Request) -> Response:
        response = original(self, request)
        checker.check(request.method, request.path, response.status, response.body)
        return response

    monkeypatch.setattr(Engine, "handle", handle)
    yield checker
    assert checker.violations == []


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest) -> Iterator[MakeClient]:
    """Makes clients of one kind and closes them."""
    with client_factory(request.param) as make:
        yield make


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of a mock server in its own process."""
    with serving("--speed", "6000", "--api-key", KEY, "--credits", "1e9") as (_, address):
        yield address


@pytest.fixture(params=ADAPTERS, ids="-".join)
def client(request: pytest.FixtureRequest, reply_checker: ReplyChecker) -> Iterator[Client]:
    """A client of each kind through each adapter of the mock."""
    kind, adapter = request.param
    with client_factory(kind) as make:
        if adapter == "respx":
            request.getfixturevalue("evolink_mock")
            yield make(own=True)
        elif adapter == "transport":
            mock = EvoLinkMock()
            clock: Any = mock.clock.aio if kind == "async" else mock.clock
            yield make(mock.api_key, transport=mock.transport(), clock=clock)
        elif adapter == "asgi":
            app = create_app(clock=VirtualClock())
            aio = app.engine.clock.aio
            yield make(app.engine.api_key, transport=httpx.ASGITransport(app=app), clock=aio)
        else:
            client = make(KEY, request.getfixturevalue("served"))
            client.poll_options = {"poll_interval": 0.05}
            _check_replies(client, reply_checker)
            yield client


def _check_replies(client: Client, checker: ReplyChecker) -> None:
    """Check the replies that arrive over the network too."""

    def is_api(response: httpx.Response) -> bool:
        return "/_mock/" not in response.request.url.path  # those are files

    def check(response: httpx.Response) -> None:
        request = response.request
        checker.check(request.method, request.url.path, response.status_code, response.content)

    def on_response(response: httpx.Response) -> None:
        if is_api(response):
            response.read()
            check(response)

    async def on_async_response(response: httpx.Response) -> None:
        if is_api(response):
            await response.aread()
            check(response)

    http = client._io.http
    http.event_hooks["response"].append(
        on_async_response if isinstance(http, httpx.AsyncClient) else on_response
    )


@pytest.fixture
def mock(evolink_mock: EvoLinkMock) -> EvoLinkMock:
    return evolink_mock
