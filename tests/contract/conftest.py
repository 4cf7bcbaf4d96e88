"""Every client through every door: sync and async, in-process and over HTTP."""

import asyncio
import contextlib
import ssl
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from contract.clients import Client, MakeClient
from contract.watch import Watch
from secrecy import keys_are_kept

from evolink import AsyncEvoLink, EvoLink
from evolink_mock import Engine, EvoLinkMock, Request, Response, VirtualClock
from evolink_mock.asgi import create_app

__all__ = ["keys_are_kept"]

# Loading them is most of the time that it takes to make a client.
CERTIFICATES = ssl.create_default_context()
KEY = "contract-tests-key"
# ASGI is async by nature.
WAYS = [(kind, door) for door in ("respx", "transport", "asgi", "http") for kind in ("sync", "async")]
WAYS.remove(("sync", "asgi"))


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Fails any test in which the mock answers what is not documented."""
    watch = Watch()

    def handle(self: Engine, request: Request) -> Response:
        return watch.watched(self, request)

    monkeypatch.setattr(Engine, "handle", handle)
    yield watch
    assert watch.faults == []


@contextlib.contextmanager
def making(kind: str) -> Iterator[MakeClient]:
    """Makes clients of one kind and closes them; with `own` they make their own httpx client."""
    made: list[Any] = []
    runner = asyncio.Runner() if kind == "async" else None

    def make(*arguments: Any, transport: Any = None, own: bool = False, **options: Any) -> Client:
        if not own:
            http = (httpx.AsyncClient if runner else httpx.Client)(transport=transport, verify=CERTIFICATES)
            made.append(http)
            options["http_client"] = http
        client = Client((AsyncEvoLink if runner else EvoLink)(*arguments, **options), runner)
        made.append(client)
        return client

    yield make
    for one in made:
        if runner:
            runner.run(one.aclose())
        else:
            one.close()
    if runner:
        runner.close()


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest) -> Iterator[MakeClient]:
    """Makes clients of one kind and closes them."""
    with making(request.param) as make:
        yield make


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of a mock server in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "evolink_mock",
        "serve",
        "--port",
        "0",
        "--speed",
        "600",
        "--api-key",
        KEY,
    ]
    with subprocess.Popen([*command, "--credits", "1e9"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture(params=WAYS, ids="-".join)
def client(request: pytest.FixtureRequest, watch: Watch) -> Iterator[Client]:
    """A client of each kind at each door of a mock."""
    kind, door = request.param
    with making(kind) as make:
        if door == "respx":
            request.getfixturevalue("evolink_mock")
            yield make(own=True)
        elif door == "transport":
            mock = EvoLinkMock()
            clock: Any = mock.clock.aio if kind == "async" else mock.clock
            yield make(mock.api_key, transport=mock.transport(), clock=clock)
        elif door == "asgi":
            app = create_app(clock=VirtualClock())
            aio = app.engine.clock.aio
            yield make(app.engine.api_key, transport=httpx.ASGITransport(app=app), clock=aio)
        else:
            client = make(KEY, request.getfixturevalue("served"), own=True)
            client.pace = {"poll_interval": 0.05}
            _listen(client, watch)
            yield client


def _listen(client: Client, watch: Watch) -> None:
    """Hold the replies that come over the network against the documents as well."""

    def judge(response: httpx.Response) -> None:
        request = response.request
        watch.reply(request.method, request.url.path, response.status_code, response.content)

    def heard(response: httpx.Response) -> None:
        if "/_mock/" not in response.request.url.path:  # those are files
            response.read()
            judge(response)

    async def aheard(response: httpx.Response) -> None:
        if "/_mock/" not in response.request.url.path:
            await response.aread()
            judge(response)

    http = client._io.http
    http.event_hooks["response"].append(aheard if isinstance(http, httpx.AsyncClient) else heard)


@pytest.fixture
def mock(evolink_mock: EvoLinkMock) -> EvoLinkMock:
    return evolink_mock
