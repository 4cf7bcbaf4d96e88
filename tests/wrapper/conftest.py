"""Every test that takes the fixture `world` runs with `EvoLink` and with `AsyncEvoLink`."""

from pathlib import Path
from typing import Any

import pytest
from blocking import no_blocking
from contract import catalog
from key_leaks import no_key_leaks
from wrapper.fakes import Server, World
from wrapper.files_api import PNG, FilesAPI
from wrapper.hosts import Host

__all__ = ["no_blocking", "no_key_leaks"]


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An environment without variables of this API."""
    monkeypatch.delenv("EVOLINK_API_KEY", raising=False)
    monkeypatch.delenv("EVOLINK_BASE_URL", raising=False)
    return monkeypatch


@pytest.fixture(params=["sync", "async"])
def world(request: Any, clean: pytest.MonkeyPatch, no_blocking: Any) -> Any:
    world = World(request.param)
    yield world
    world.close()


@pytest.fixture
def async_world(clean: pytest.MonkeyPatch, no_blocking: Any) -> Any:
    """For tests of `AsyncEvoLink` alone."""
    world = World("async")
    yield world
    world.close()


@pytest.fixture
def server() -> Any:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def example() -> dict[str, Any]:
    """A valid request body of the first model."""
    return dict(examples()[0])


def examples() -> list[dict[str, Any]]:
    """A valid request of every video model; those of all models are tested in `contract`."""
    return [model.example for model in catalog.keyword_models() if model.resource == "videos"]


def pytest_generate_tests(metafunc: Any) -> None:
    """A test that takes `any_example` runs for every model of the contract."""
    if "any_example" in metafunc.fixturenames:
        bodies = examples()
        metafunc.parametrize("any_example", bodies, ids=[body["model"] for body in bodies])


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def files(world: World) -> FilesAPI:
    """A scripted API that stores files."""
    return FilesAPI(world.clock.now)


@pytest.fixture
def client(world: World, files: FilesAPI) -> Any:
    """A client of that API."""
    return world.client(files)


@pytest.fixture
def png(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    return path
