"""Connections stay in the process and in the event loop that made them."""

import asyncio
import gc
import http.server
import json
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest
from wrapper.fakes import KEY, World

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._http import connections

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


class KeepAliveAPI(http.server.ThreadingHTTPServer):
    """Answers a query with the task that it is about, on connections that stay open."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.clients: set[Any] = set()
        # A submission has come, and is left without a reply until the end.
        self.is_posted = threading.Event()
        self.is_over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        api: Any = self.server
        api.clients.add(self.client_address)
        body = json.dumps({"id": self.path.rpartition("/")[2], "status": "pending"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        api: Any = self.server
        api.is_posted.set()
        api.is_over.wait(60)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - as in the base
        """Write no log."""


@pytest.fixture
def api() -> Iterator[KeepAliveAPI]:
    with KeepAliveAPI() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.is_over.set()
        server.shutdown()
    with warnings.catch_warnings(action="ignore"):
        gc.collect()  # connections whose event loop has ended cannot be closed


async def query(client: AsyncEvoLink) -> str:
    return (await client.tasks.get("task-1")).id


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_async_client_works_in_one_event_loop_after_the_other(api: KeepAliveAPI, backend: str) -> None:
    client = AsyncEvoLink(KEY, api.url, max_retries=0)

    assert [anyio.run(query, client, backend=backend) for _ in range(3)] == ["task-1"] * 3
    assert len(api.clients) == 3


def test_an_async_client_works_in_several_event_loops_at_once(api: KeepAliveAPI) -> None:
    client = AsyncEvoLink(KEY, api.url, max_retries=0)
    together = threading.Barrier(2)
    found: list[str] = []

    async def use() -> None:
        for _ in range(5):
            together.wait(60)
            found.append(await query(client))

    threads = [threading.Thread(target=asyncio.run, args=(use(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["task-1"] * 10
    assert len(api.clients) == 2


def test_the_clients_of_closed_event_loops_are_dropped(api: KeepAliveAPI) -> None:
    client = AsyncEvoLink(KEY, api.url)
    for _ in range(3):
        asyncio.run(query(client))

    clients: Any = client._io
    assert len(clients._of_loops) == 1


def test_a_closed_async_client_is_closed_in_every_event_loop(api: KeepAliveAPI) -> None:
    client = AsyncEvoLink(KEY, api.url)
    asyncio.run(query(client))
    asyncio.run(client.aclose())

    with pytest.raises(evolink.EvoLinkError, match="closed"):
        asyncio.run(query(client))


def test_a_submission_whose_client_is_closed_has_an_unknown_outcome(
    api: KeepAliveAPI, example: dict[str, Any]
) -> None:
    async def close_meanwhile() -> None:
        client = AsyncEvoLink(KEY, api.url)
        creating = asyncio.ensure_future(client.videos.create(**example))
        await asyncio.to_thread(api.is_posted.wait, 10)
        await client.aclose()
        with pytest.raises(evolink.SubmitOutcomeUnknown):
            await creating

    asyncio.run(close_meanwhile())


def test_after_a_fork_a_client_uses_connections_of_its_own(api: KeepAliveAPI) -> None:
    with EvoLink(KEY, api.url) as client:
        client.tasks.get("task-1")
        of_parent: Any = client._io.http

        connections._leave_connections_to_parent()
        client.tasks.get("task-2")

        assert len(api.clients) == 2
        assert not of_parent.is_closed
        of_parent.close()


def test_after_a_fork_an_event_loop_uses_connections_of_its_own(api: KeepAliveAPI) -> None:
    async def query_around_a_fork() -> None:
        client = AsyncEvoLink(KEY, api.url)
        await query(client)
        of_parent: Any = client._io.http

        connections._leave_connections_to_parent()
        await query(client)

        assert len(api.clients) == 2
        assert not of_parent.is_closed
        await of_parent.aclose()
        await client.aclose()

    asyncio.run(query_around_a_fork())


def test_the_http_client_of_the_caller_stays_after_a_fork(api: KeepAliveAPI) -> None:
    with httpx.Client() as http:
        client = EvoLink(KEY, api.url, http_client=http)

        connections._leave_connections_to_parent()

        assert client._io.http is http


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "gopher://127.0.0.1:9"),
        ("ALL_PROXY", "http://127.0.0.1:99999"),
        ("ALL_PROXY", "http://proxy..test:3128"),
        ("NO_PROXY", "fe80::/10,::1/128"),
    ],
)
def test_unusable_proxy_settings_are_named(
    world: World, example: dict[str, Any], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    client = world.own(api_key=KEY, base_url="http://127.0.0.1:9", clock=world.clock)

    with pytest.raises(evolink.APIConnectionError, match="proxy settings of the environment") as caught:
        world.do(client.videos.create(**example))

    assert not caught.value.outcome_unknown
    assert world.clock.sleeps == []  # not tried again


FORK = """
import os, sys
from evolink import EvoLink

client = EvoLink("k" * 20, sys.argv[1], max_retries=0)
client.tasks.get("before")
child = os.fork()
ids = [f"{'parent' if child else 'child'}-{number}" for number in range(50)]
is_right = [client.tasks.get(id).id for id in ids] == ids
if not child:
    os._exit(0 if is_right else 1)
print(is_right, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_parent_and_child_get_their_own_replies(api: KeepAliveAPI) -> None:
    command = [sys.executable, "-c", FORK, api.url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.split() == ["True", "0"]
