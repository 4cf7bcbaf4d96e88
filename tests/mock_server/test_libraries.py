"""Other HTTP libraries than httpx in the process, and what none of them serves."""

import asyncio
import os
import pkgutil
import socket
import subprocess
import sys
import types
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

import aiohttp
import httpx2
import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from evolink_mock import Contract, EvoLinkMock
from evolink_mock._adapters import libraries
from evolink_mock._adapters.guard import UnservedConnectionError
from evolink_mock._adapters.server import EngineApplication
from evolink_mock._serving.server import BackgroundServer

from .conftest import CLIP, CLIPS, TLS

API = "https://api.clips.test"


class Reply(NamedTuple):
    status: int
    content: bytes


def by_requests(method: str, url: str, **how: Any) -> Reply:
    reply = requests.request(method, url, timeout=how.pop("timeout", 60), **how)
    return Reply(reply.status_code, reply.content)


def by_urllib3(method: str, url: str, **how: Any) -> Reply:
    with urllib3.PoolManager(retries=False) as pool:
        reply = pool.request(method, url, **how)
        return Reply(reply.status, reply.data)


def by_httpx2(method: str, url: str, **how: Any) -> Reply:
    with httpx2.Client(verify=TLS) as client:
        reply = client.request(method, url, **how)
        return Reply(reply.status_code, reply.content)


def by_async_httpx2(method: str, url: str, **how: Any) -> Reply:
    async def send() -> Reply:
        async with httpx2.AsyncClient(verify=TLS) as client:
            reply = await client.request(method, url, **how)
            return Reply(reply.status_code, reply.content)

    return asyncio.run(send())


def by_aiohttp(method: str, url: str, *, timeout: float = 300, **how: Any) -> Reply:
    async def send() -> Reply:
        limit = aiohttp.ClientTimeout(total=timeout)
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, url, timeout=limit, **how) as reply,
        ):
            return Reply(reply.status, await reply.read())

    return asyncio.run(send())


SENDERS = {
    "requests": by_requests,
    "urllib3": by_urllib3,
    "httpx2": by_httpx2,
    "httpx2-async": by_async_httpx2,
    "aiohttp": by_aiohttp,
}
DROPPED = {
    "requests": requests.ConnectionError,
    "urllib3": urllib3.exceptions.ProtocolError,
    "httpx2": httpx2.RemoteProtocolError,
    "httpx2-async": httpx2.RemoteProtocolError,
    "aiohttp": aiohttp.ServerDisconnectedError,
}
CUT = DROPPED | {"requests": requests.exceptions.ChunkedEncodingError, "aiohttp": aiohttp.ClientPayloadError}
TIMEOUTS = {
    "requests": requests.ReadTimeout,
    "urllib3": urllib3.exceptions.ReadTimeoutError,
    "httpx2": httpx2.ReadTimeout,
    "httpx2-async": httpx2.ReadTimeout,
    "aiohttp": TimeoutError,
}
FAULTS: dict[str, tuple[dict[str, Any], dict[str, type[Exception]]]] = {
    "dropped": ({"disconnect": "before"}, DROPPED),
    "cut": ({"truncate": 5}, CUT),
    "hanging": ({"hang": True}, TIMEOUTS),
    "late": ({"delay": 60}, TIMEOUTS),
}


@pytest.fixture(params=SENDERS)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def send(library: str) -> Callable[..., Reply]:
    return SENDERS[library]


@pytest.fixture
def headers(mock: EvoLinkMock) -> dict[str, str]:
    return {"Authorization": f"Bearer {mock.api_key}"}


def test_a_task_is_run(mock: EvoLinkMock, send: Callable[..., Reply], headers: dict[str, str]) -> None:
    created = send("POST", f"{API}{CLIPS}", json=CLIP, headers=headers)
    mock.clock.advance(1000)

    state = send("GET", f"{API}/v2/jobs/{mock.tasks[0].id}", headers=headers)
    result = send("GET", mock.tasks[0].results[0])

    assert (created.status, state.status, result.status) == (200, 200, 200)
    assert result.content[4:8] == b"ftyp"
    assert mock.requests[0].json == CLIP
    assert mock.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_raises_what_the_library_raises(
    mock: EvoLinkMock, library: str, send: Callable[..., Reply], headers: dict[str, str], fault: str
) -> None:
    options, errors = FAULTS[fault]
    mock.fault(**options)

    with pytest.raises(errors[library]):
        send("POST", f"{API}{CLIPS}", json=CLIP, headers=headers, timeout=5)


def test_a_delay_passes_on_the_virtual_clock(
    mock: EvoLinkMock, send: Callable[..., Reply], headers: dict[str, str]
) -> None:
    mock.fault(delay=50)
    started = mock.clock.now()

    assert send("POST", f"{API}{CLIPS}", json=CLIP, headers=headers, timeout=100).status == 200
    assert mock.clock.now() == started + 50


def test_a_body_of_unknown_length_arrives(mock: EvoLinkMock, headers: dict[str, str]) -> None:
    parts = [b'{"model": "toon-1",', b' "prompt": "A kite"}']
    headers = {**headers, "Content-Type": "application/json"}

    async def chunks() -> Any:
        for part in parts:
            yield part

    async def main() -> int:
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{API}{CLIPS}", data=chunks(), headers=headers, expect100=True) as reply,
        ):
            return reply.status

    assert requests.post(f"{API}{CLIPS}", data=iter(parts), headers=headers, timeout=5).status_code == 200
    assert asyncio.run(main()) == 200
    assert [one.json for one in mock.requests] == [CLIP, CLIP]


def test_headers_of_latin_1_arrive(mock: EvoLinkMock, headers: dict[str, str]) -> None:
    assert requests.get(f"{API}/v2/balance", headers={**headers, "X-Name": "Zoë"}, timeout=5).ok
    assert mock.requests[0].headers["x-name"] == "Zoë"


def test_retries_of_requests_stay_in_force(mock: EvoLinkMock, headers: dict[str, str]) -> None:
    mock.fault(status=503, times=2)
    retries = urllib3.Retry(2, status_forcelist=[503], allowed_methods=None)
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=retries, pool_maxsize=1, pool_block=True))

        for _ in range(2):
            assert session.post(f"{API}{CLIPS}", json=CLIP, headers=headers, timeout=5).status_code == 200

    assert [one.status for one in mock.requests] == [503, 503, 200, 200]


def test_sessions_made_before_are_served_until_the_mock_is_left(synthetic: Contract) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as client:
            with EvoLinkMock(contract=synthetic) as mock:
                headers = {"Authorization": f"Bearer {mock.api_key}"}
                async with client.get(f"{API}/v2/balance", headers=headers) as reply:
                    assert reply.status == 200
            with pytest.raises(aiohttp.ClientConnectorError):
                await client.get(f"{API}/v2/balance")

    asyncio.run(main())


def test_unknown_hosts_fail_and_routes_of_the_test_answer(
    mock: EvoLinkMock, send: Callable[..., Reply]
) -> None:
    with pytest.raises(AssertionError, match=r"files\.test.*api\.clips\.test"):
        send("GET", "https://files.test/x")

    mock.router.get("https://files.test/x").respond(201, text="mine")
    assert send("GET", "https://files.test/x") == (201, b"mine")


@pytest.mark.parametrize("by", [by_requests, by_httpx2, by_async_httpx2, by_aiohttp])
def test_routes_that_pass_through(mock: EvoLinkMock, by: Callable[..., Reply]) -> None:
    mock.router.get("https://files.invalid/x").pass_through()
    refused = NotImplementedError if by is by_aiohttp else (OSError, httpx2.ConnectError)
    with pytest.raises(refused):
        by("GET", "https://files.invalid/x")


def test_a_version_that_no_adapter_knows_is_stopped(
    synthetic: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "evolink_mock._adapters.urllib3", None)
    with EvoLinkMock(contract=synthetic), pytest.raises(UnservedConnectionError):
        by_requests("GET", f"{API}/v2/balance")


def test_servers_on_loopback_stay_reachable(mock: EvoLinkMock, send: Callable[..., Reply]) -> None:
    with BackgroundServer(EngineApplication(mock._engine)) as server:
        assert send("GET", f"{server.url}/v2/balance").status == 401


def connect_by_urllib() -> None:
    # An opener of its own: that of `urlopen` keeps the proxies of the test that was the first to use it.
    urllib.request.build_opener().open(f"{API}/v2/balance")


def connect_by_name() -> None:
    with socket.socket() as connection:
        connection.connect(("api.clips.test", 443))


def connect_by_asyncio() -> None:
    asyncio.run(asyncio.open_connection("api.clips.test", 443))


def resolve() -> None:
    socket.getaddrinfo(b"API.clips.test.", 443)


@pytest.mark.parametrize("connect", [connect_by_urllib, connect_by_name, connect_by_asyncio, resolve])
def test_other_connections_to_the_api_are_stopped(mock: EvoLinkMock, connect: Callable[[], None]) -> None:
    with pytest.raises(UnservedConnectionError, match=r"api\.clips\.test.*evolink_mock_server"):
        connect()

    with pytest.raises(IndexError, match=r"no request has reached the mock.*connections to api\.clips\.test"):
        _ = mock.requests[0]


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY"])
def test_a_proxy_is_not_asked_for_the_api(
    synthetic: Contract, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "other.test")
    with EvoLinkMock(contract=synthetic):
        assert requests.get(f"{API}/v2/balance", timeout=5).status_code == 401
        with pytest.raises(UnservedConnectionError):
            connect_by_urllib()
        assert os.environ["no_proxy"].startswith("other.test,api.clips.test,")
    assert os.environ["no_proxy"] == "other.test"


def test_a_session_with_a_proxy_is_served(mock: EvoLinkMock) -> None:
    proxies = {"https": "http://127.0.0.1:9"}

    assert requests.get(f"{API}/v2/balance", proxies=proxies, timeout=5).status_code == 401


def test_nothing_stays_patched(synthetic: Contract) -> None:
    patched: list[tuple[Any, str]] = [
        (socket, "getaddrinfo"),
        (socket.socket, "connect"),
        (urllib3.HTTPConnectionPool, "_make_request"),
        (aiohttp.BaseConnector, "connect"),
        (httpx2.HTTPTransport, "handle_request"),
    ]
    before = [getattr(owner, name) for owner, name in patched], list(sys.meta_path)

    with EvoLinkMock(contract=synthetic), EvoLinkMock(contract=synthetic):
        assert all(getattr(*one) is not was for one, was in zip(patched, before[0], strict=True))

    assert ([getattr(owner, name) for owner, name in patched], list(sys.meta_path)) == before


@pytest.mark.parametrize("base_url", [API, "https://Gateway.test:443/evolink/", "http://127.0.0.1:9"])
def test_an_application_that_has_read_key_and_address_before_is_served(
    synthetic: Contract, monkeypatch: pytest.MonkeyPatch, send: Callable[..., Reply], base_url: str
) -> None:
    monkeypatch.setenv("EVOLINK_API_KEY", "sk-of-an-account")
    monkeypatch.setenv("EVOLINK_BASE_URL", base_url)
    with EvoLinkMock(contract=synthetic) as mock:
        for _ in range(2):
            url = f"{base_url.rstrip('/')}{CLIPS}"
            assert (
                send("POST", url, json=CLIP, headers={"Authorization": "Bearer sk-of-an-account"}).status
                == 200
            )
            assert mock.requests[0].task_id
            mock.reset()
        assert "sk-of-an-account" not in repr(mock._engine.keys.to_dict())


def test_a_library_is_patched_when_it_is_imported(
    synthetic: Contract, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    adapter = types.ModuleType("adapter")
    patched: list[Any] = []
    vars(adapter)["patch"] = patched.append
    monkeypatch.setitem(sys.modules, "evolink_mock._adapters.toy_library", adapter)
    monkeypatch.setitem(libraries._ADAPTERS, "toy_library", ".toy_library")
    (tmp_path / "toy_library.py").write_text("value = 5")
    monkeypatch.syspath_prepend(tmp_path)

    with EvoLinkMock(contract=synthetic):
        assert not patched
        assert pkgutil.get_data("toy_library", "toy_library.py") == b"value = 5"
        monkeypatch.delitem(sys.modules, "toy_library")
        patched.clear()
        toy = __import__("toy_library")
    monkeypatch.delitem(sys.modules, "toy_library")

    assert toy.value == 5
    assert len(patched) == 1
    assert type(toy.__loader__).__module__ == "_frozen_importlib_external"


@pytest.mark.slow
def test_entering_imports_no_library_and_each_is_served_when_it_comes() -> None:
    code = """
import asyncio, sys
from evolink_mock import EvoLinkMock
with EvoLinkMock() as mock:
    assert not {"requests", "urllib3", "aiohttp", "httpx2"} & set(sys.modules)
    import aiohttp, httpx2, requests
    async def get():
        async with aiohttp.ClientSession() as client, client.get(mock.base_url) as reply:
            return reply.status
    print(requests.get(mock.base_url).status_code, httpx2.get(mock.base_url).status_code, asyncio.run(get()))
"""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert run.stdout.split() == ["404"] * 3, run.stderr
