"""The client against Prism, which shares only the contract with it."""

from collections.abc import Callable, Iterator

import pytest
from contract import catalog
from contract.catalog import Model, RequestObject
from contract.clients import Client, MakeClient, client_factory
from contract.replies import ERROR_CLASSES
from interop._prism import prism
from interop.conftest import CONTRACT

import evolink
from evolink import APIStatusError

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


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with prism(CONTRACT) as address:
        yield address


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest, base_url: str) -> Iterator[MakeClient]:
    """Makes clients of one kind that prefer a documented reply."""
    with client_factory(request.param) as make:
        yield lambda prefer=None: make(KEY, base_url, prefer=prefer, max_retries=0)


def api_error(call: Callable[[], object], client: Client) -> APIStatusError:
    with pytest.raises(APIStatusError) as caught:
        client.run(call())
    assert KEY not in str(caught.value) + repr(caught.value)
    return caught.value


def expected_class(status: str) -> type[APIStatusError]:
    return ERROR_CLASSES.get(int(status), evolink.ServerError if status.startswith("5") else APIStatusError)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_documented_request_creates_task(make_client: MakeClient, model: Model) -> None:
    client = make_client()
    task = client.run(getattr(client, model.resource).create(RequestObject(model.example)))
    assert task.raw in catalog.documented(model.operation, "200", "")
    again = client.run(client.tasks.get(task.id))
    assert again.raw in [one["value"] for one in STATES.values()]


@pytest.mark.parametrize("name", STATES)
def test_documented_state_is_read(make_client: MakeClient, name: str) -> None:
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
def test_refused_create_raises_class_of_status(make_client: MakeClient, model: Model, status: str) -> None:
    client = make_client(f"code={status}")
    create = getattr(client, model.resource).create
    error = api_error(lambda: create(RequestObject(model.example)), client)
    assert type(error) is expected_class(status)
    documented = [body["error"] for body in catalog.documented(model.operation, status, "")]
    assert (error.code, error.type) in [(one["code"], one["type"]) for one in documented]
    assert any(one["message"] in str(error) for one in documented)


@pytest.mark.parametrize("status", QUERY_REFUSALS)
def test_refused_query_raises_class_of_status(make_client: MakeClient, status: str) -> None:
    client = make_client(f"code={status}")
    error = api_error(lambda: client.tasks.get(next(iter(STATES.values()))["value"]["id"]), client)
    assert type(error) is expected_class(status)
    assert error.code in [body["error"]["code"] for body in catalog.documented(QUERY, status, "")]


def test_malformed_task_id_raises_bad_request(make_client: MakeClient) -> None:
    client = make_client()
    error = api_error(lambda: client.tasks.get("no-such-form"), client)
    assert type(error) is evolink.BadRequest
