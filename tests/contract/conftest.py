"""Every client through every door: sync and async, in-process and over HTTP."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from contract.clients import Client, MakeClient
from secrecy import keys_are_kept

from evolink import AsyncEvoLink, EvoLink
from evolink_mock import EvoLinkMock

__all__ = ["keys_are_kept"]

KEY = "contract-tests-key"


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest) -> Iterator[MakeClient]:
    """Makes clients of one kind and closes them."""
    made: list[Client] = []
    runner = asyncio.Runner() if request.param == "async" else None

    def make(*arguments: Any, **options: Any) -> Client:
        made.append(Client((AsyncEvoLink if runner else EvoLink)(*arguments, **options), runner))
        return made[-1]

    yield make
    for client in made:
        if runner:
            client.run(client.aclose())
        else:
            client.close()
    if runner:
        runner.close()


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


@pytest.fixture(params=["in-process", "http"])
def door(request: pytest.FixtureRequest) -> str | None:
    """How the client reaches the mock: None in-process, else the server's address."""
    if request.param == "http":
        return str(request.getfixturevalue("served"))
    request.getfixturevalue("evolink_mock")
    return None


@pytest.fixture
def client(make_client: MakeClient, door: str | None) -> Client:
    if door is None:
        return make_client()
    client = make_client(KEY, door)
    client.pace = {"poll_interval": 0.05}
    return client


@pytest.fixture
def mock(evolink_mock: EvoLinkMock) -> EvoLinkMock:
    return evolink_mock
