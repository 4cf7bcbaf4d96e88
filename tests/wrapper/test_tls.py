"""Certificates are loaded once, with the first https connection, as the environment says."""

import os
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trio
import trustme
from wrapper.fakes import KEY, Server, World

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._http import tls


@pytest.fixture
def https(server: Server, tmp_path: Path, clean: pytest.MonkeyPatch) -> Any:
    """The address of a server whose certificate the environment trusts."""
    authority = trustme.CA()
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server.tls)
    trusted = tmp_path / "trusted.pem"
    authority.cert_pem.write_to_path(str(trusted))
    clean.setenv("SSL_CERT_FILE", str(trusted))
    clean.setattr(tls, "_contexts", {})
    return server.url.replace("http:", "https:")


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """How the certificates were loaded."""
    loads: list[Any] = []
    load = ssl.create_default_context

    def counted(*args: Any, **options: Any) -> ssl.SSLContext:
        loads.append(options)
        return load(*args, **options)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    return loads


def test_clients_share_the_certificates(world: World, https: str, loads: list[Any]) -> None:
    clients = [world.own(api_key=KEY, base_url=https) for _ in range(2)]
    assert loads == []

    for client in clients:
        world.do(client.tasks.get("task-1"))

    assert loads == [{"cafile": os.environ["SSL_CERT_FILE"], "capath": None}]
    assert clients[0]._io.http is not clients[1]._io.http


def test_threads_load_the_certificates_once(https: str, loads: list[Any]) -> None:
    with EvoLink(KEY, https) as one, EvoLink(KEY, https) as other, ThreadPoolExecutor(4) as threads:
        tasks = list(threads.map(lambda client: client.tasks.get("task-1"), [one, other] * 4))

    assert {task.id for task in tasks} == {"task-1"}
    assert len(loads) == 1


def test_trio_loads_the_certificates_in_a_thread(https: str, loads: list[Any]) -> None:
    async def get() -> str:
        async with AsyncEvoLink(KEY, https) as client:
            return (await client.tasks.get("task-1")).id

    assert trio.run(get) == "task-1"
    assert len(loads) == 1


def test_plain_http_loads_no_certificates(
    world: World, server: Server, loads: list[Any], clean: pytest.MonkeyPatch
) -> None:
    world.do(world.own(api_key=KEY, base_url=server.url).tasks.get("task-1"))

    assert loads == []


def test_a_certificate_that_is_not_trusted_is_refused(
    world: World, https: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    client = world.own(api_key=KEY, base_url=https, max_retries=0)

    with pytest.raises(evolink.APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        world.do(client.tasks.get("task-1"))


def test_another_environment_has_its_own_certificates(
    world: World, https: str, loads: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.do(world.own(api_key=KEY, base_url=https).tasks.get("task-1"))
    monkeypatch.setenv("SSL_CERT_DIR", str(Path(os.environ["SSL_CERT_FILE"]).parent))
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(evolink.APIConnectionError):
        world.do(world.own(api_key=KEY, base_url=https, max_retries=0).tasks.get("task-1"))

    assert loads[1] == {"cafile": None, "capath": os.environ["SSL_CERT_DIR"]}


@pytest.mark.parametrize(
    ("variable", "shown"),
    [
        ("SSL_CERT_FILE", "SSL_CERT_FILE=/nowhere/x.pem: "),
        ("SSLKEYLOGFILE", "TLS cannot be set up .*/nowhere/x.pem"),
    ],
)
def test_unreadable_files_of_the_environment_are_named(
    world: World,
    https: str,
    example: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    shown: str,
) -> None:
    monkeypatch.setenv(variable, "/nowhere/x.pem")
    client = world.own(api_key=KEY, base_url=https, max_retries=0)

    with pytest.raises(evolink.APIConnectionError, match=shown) as caught:
        world.do(client.videos.create(**example))

    assert not caught.value.outcome_unknown


def test_a_certificate_that_does_not_verify_names_the_setting(
    world: World, https: str, example: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    client = world.own(api_key=KEY, base_url=https)

    with pytest.raises(evolink.APIConnectionError, match=r"CERTIFICATE_VERIFY_FAILED.*SSL_CERT_FILE"):
        world.do(client.videos.create(**example))


def test_an_unused_client_can_be_closed(world: World) -> None:
    client = world.own(api_key=KEY)
    world.do(client.close())

    with pytest.raises(evolink.EvoLinkError, match="closed"):
        world.do(client.tasks.get("task-1"))


NEW_CLIENT = """
import sys
from evolink import AsyncEvoLink, EvoLink
EvoLink("k" * 20), AsyncEvoLink("k" * 20)
print("httpcore" in sys.modules)
"""


@pytest.mark.slow
def test_a_new_client_has_no_connection_pool() -> None:
    done = subprocess.run([sys.executable, "-c", NEW_CLIENT], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


FORK = """
import os, threading
from evolink._http import tls
with tls._lock:
    child = os.fork()
    if not child:
        tls.shared_context().load()
        os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_lock_that_is_held_during_a_fork_does_not_block_the_child() -> None:
    command = [sys.executable, "-c", FORK]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout.strip() == "0"
