"""Every client through every door: sync and async, in-process and over HTTP."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from evolink import AsyncEvoLink, EvoLink
from evolink_mock import EvoLinkMock

KEY = "contract-tests-key"


class Client:
    """A client of either kind under one face: `run` gives the value, awaited if need be."""

    def __init__(self, inner: Any, runner: asyncio.Runner | None) -> None:
        self._inner = inner
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def run(self, value: Any) -> Any:
        if self._runner is None:
            return value

        async def awaited() -> Any:
            return await value

        return self._runner.run(awaited())


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest) -> Iterator[Callable[..., Client]]:
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
        "100000",
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
def client(make_client: Callable[..., Client], door: str | None) -> Client:
    return make_client(KEY, door) if door else make_client()


@pytest.fixture
def mock(evolink_mock: EvoLinkMock) -> EvoLinkMock:
    return evolink_mock
