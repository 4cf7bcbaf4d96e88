"""What is special to httpx2 clients; `EVOLINK_TEST_HTTP=httpx2` runs every test of this folder over them."""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from wrapper.fakes import KEY, World
from wrapper.hosts import DATA, LINK, TASK_ID, Host

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._http.httpx2 import _httpx_errors
from evolink._http.transport_errors import TRANSPORT_ERRORS, failure_of

ERRORS = [
    name
    for name in httpx.__all__
    if isinstance(kind := getattr(httpx, name), type)
    and issubclass(kind, (httpx.RequestError, httpx.InvalidURL))
]


@pytest.fixture(params=["sync", "async"])
def world(request: Any, clean: pytest.MonkeyPatch, no_blocking: Any) -> Any:
    world = World(request.param, "httpx2")
    yield world
    world.close()


def test_a_result_is_downloaded(world: World, host: Host, tmp_path: Path) -> None:
    host.states = [{"id": TASK_ID, "status": "completed", "results": [LINK]}]
    host.cuts = [None, 5_000]
    http = world.http(transport=httpx.MockTransport(host), headers={"X-Team": "blue"}, auth=("user", "no"))

    task = world.do(world.client(http_client=http).tasks.get(TASK_ID))
    (path,) = world.do(task.download(tmp_path))

    assert path.read_bytes() == DATA
    assert {"x-team", "authorization"}.isdisjoint(host.requests[-1].headers)


def test_a_file_is_uploaded(world: World) -> None:
    bodies = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200)

    client_io = world.client(answer)._io

    async def send() -> None:
        request = client_io.build_request(
            method="POST",
            url=httpx.URL("https://api.test/"),
            headers={},
            timeout=httpx.Timeout(5),
            is_bare=False,
            files={"file": BytesIO(b"x" * 100_000)},
        )
        await client_io.close(await client_io.send(request))

    if world.is_async:
        world.do(send())
    else:
        with pytest.raises(StopIteration):
            send().send(None)

    assert b"x" * 100_000 in bodies[0]


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_means_what_it_means_in_httpx(name: str) -> None:
    with pytest.raises(TRANSPORT_ERRORS) as caught, _httpx_errors():
        raise getattr(httpx2, name)("a text")

    assert failure_of(caught.value) == failure_of(getattr(httpx, name)("a text"))


@pytest.mark.parametrize("name", ["StreamConsumed", "StreamClosed", "ResponseNotRead", "RequestNotRead"])
def test_an_error_of_a_stream_is_one_of_the_transport(name: str) -> None:
    with pytest.raises(httpx.StreamError), _httpx_errors():
        raise getattr(httpx2, name)


def test_an_error_of_a_hook_with_an_unread_body_is_mapped(world: World) -> None:
    def check(response: Any) -> None:
        response.raise_for_status()

    async def acheck(response: Any) -> None:
        response.raise_for_status()

    stream = httpx.MockTransport(lambda request: httpx.Response(404, stream=_Unread()))
    http = world.http(transport=stream, event_hooks={"response": [acheck if world.is_async else check]})

    with pytest.raises(evolink.NotFound):
        world.do(world.client(http_client=http).tasks.get("task-1"))


class _Unread(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes only when it is read."""


@pytest.mark.parametrize("timeout", [7, httpx2.Timeout(7)])
def test_timeouts_of_httpx2_are_accepted(world: World, timeout: Any) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json={"id": "task-1", "status": "pending"})

    transport = httpx.MockTransport(answer)
    world.do(world.client(http_client=world.http(transport=transport, timeout=timeout)).tasks.get("task-1"))
    world.do(world.client(answer, timeout=timeout).tasks.get("task-1"))

    assert seen == [7, 7]


@pytest.mark.parametrize(
    ("client", "http"), [(EvoLink, httpx2.AsyncClient), (AsyncEvoLink, httpx2.Client), (EvoLink, object)]
)
def test_a_client_of_the_wrong_kind_is_rejected(client: Any, http: Any) -> None:
    with pytest.raises(evolink.InvalidRequest, match=r"needs an httpx\.\w+ or httpx2\.\w+"):
        client(KEY, http_client=http())


def test_the_client_needs_no_httpx2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)

    EvoLink(
        KEY, timeout=5, http_client=httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    )
    with pytest.raises(evolink.InvalidRequest, match="http_client"):
        EvoLink(KEY, http_client=object())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
