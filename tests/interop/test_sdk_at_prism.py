"""The client against Prism, which shares only the contract with it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from contract import catalog
from contract.catalog import Model, RequestObject
from contract.clients import Client
from contract.replies import ERROR_CLASSES
from interop import _npm
from interop._prism import prism

import evolink
from evolink import APIStatusError, AsyncEvoLink, EvoLink

CONTRACT = _npm.ROOT / "openapi" / "openapi.yaml"
KEY = "a-key-for-prism"
MODELS = catalog.models()
QUERY = catalog.INDEX["task_query"]
REFUSALS = [
    (model, status)
    for model in MODELS
    for status in catalog.operation(model.operation)["responses"]
    if not status.startswith("2")
]
QUERY_REFUSALS = [status for status in catalog.operation(QUERY)["responses"] if not status.startswith("2")]
STATES = catalog.operation(QUERY)["responses"]["200"]["content"]["application/json"]["examples"]


class Maker:
    """Makes clients of one kind that prefer a documented reply."""

    def __init__(self, base_url: str, runner: asyncio.Runner | None) -> None:
        self._base_url = base_url
        self._runner = runner
        self._opened: list[tuple[Client, Any]] = []

    def __call__(self, prefer: str | None = None) -> Client:
        headers = {} if prefer is None else {"prefer": prefer}
        kinds: Any = (AsyncEvoLink, httpx.AsyncClient) if self._runner else (EvoLink, httpx.Client)
        inner = kinds[1](headers=headers)
        client = Client(kinds[0](KEY, self._base_url, max_retries=0, http_client=inner), self._runner)
        self._opened.append((client, inner))
        return client

    def close(self) -> None:
        for client, inner in self._opened:
            client.run(client.aclose() if self._runner else client.close())
            client.run(inner.aclose() if self._runner else inner.close())


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with prism(CONTRACT) as address:
        yield address


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest, base_url: str) -> Iterator[Maker]:
    runner = asyncio.Runner() if request.param == "async" else None
    maker = Maker(base_url, runner)
    yield maker
    maker.close()
    if runner:
        runner.close()


def api_error(call: Any, client: Client) -> APIStatusError:
    with pytest.raises(APIStatusError) as caught:
        client.run(call())
    assert KEY not in str(caught.value) + repr(caught.value)
    return caught.value


def expected_class(status: str) -> type[APIStatusError]:
    return ERROR_CLASSES.get(int(status), evolink.ServerError if status.startswith("5") else APIStatusError)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_documented_request_creates_task(make_client: Maker, model: Model) -> None:
    client = make_client()
    task = client.run(getattr(client, model.resource).create(RequestObject(model.example)))
    assert task.raw in catalog.documented(model.operation, "200", "")
    again = client.run(client.tasks.get(task.id))
    assert again.raw in [one["value"] for one in STATES.values()]


@pytest.mark.parametrize("name", STATES)
def test_documented_state_is_read(make_client: Maker, name: str) -> None:
    documented = STATES[name]["value"]
    client = make_client(f"example={name}")
    task = client.run(client.tasks.get(documented["id"]))
    assert task.raw == documented
    assert (task.id, task.model, task.status) == tuple(documented[key] for key in ("id", "model", "status"))
    assert task.done == (task.status not in ("pending", "processing"))
    assert list(task.results) == documented.get("results", [])
    assert (task.error.code if task.error else None) == documented.get("error", {}).get("code")


@pytest.mark.parametrize(
    ("model", "status"), REFUSALS, ids=lambda value: value if isinstance(value, str) else value.name
)
def test_refused_create_raises_class_of_status(make_client: Maker, model: Model, status: str) -> None:
    client = make_client(f"code={status}")
    create = getattr(client, model.resource).create
    error = api_error(lambda: create(RequestObject(model.example)), client)
    assert type(error) is expected_class(status)
    documented = [body["error"] for body in catalog.documented(model.operation, status, "")]
    assert (error.code, error.type) in [(one["code"], one["type"]) for one in documented]
    assert any(one["message"] in str(error) for one in documented)


@pytest.mark.parametrize("status", QUERY_REFUSALS)
def test_refused_query_raises_class_of_status(make_client: Maker, status: str) -> None:
    client = make_client(f"code={status}")
    error = api_error(lambda: client.tasks.get(next(iter(STATES.values()))["value"]["id"]), client)
    assert type(error) is expected_class(status)
    assert error.code in [body["error"]["code"] for body in catalog.documented(QUERY, status, "")]


def test_malformed_task_id_raises_bad_request(make_client: Maker) -> None:
    client = make_client()
    error = api_error(lambda: client.tasks.get("no-such-form"), client)
    assert type(error) is evolink.BadRequest
