"""Every other operation: `client.call` returns the documented example, or what the mock knows."""

import contextlib
from typing import Any, NamedTuple

import httpx
import pytest
from contract import catalog
from contract.clients import CERTIFICATES, MakeClient

import evolink
from evolink_api.validation import Validator, closure
from evolink_mock import EvoLinkMock


class Operation(NamedTuple):
    name: str
    role: str | None
    success: dict[str, Any]


def operations() -> list[Operation]:
    found = []
    for item in catalog.CONTRACT["paths"].values():
        for one in item.values():
            name = one["operationId"]
            entry = catalog.INDEX["operations"][name]
            if "generation" in entry or "models" in entry or name == catalog.INDEX["task_query"]:
                continue
            success: dict[str, Any] = next(
                (r for code, r in one["responses"].items() if code.startswith("2")), {}
            )
            found.append(Operation(name, one.get("x-evolink-role"), success))
    return found


def test_call_returns_documented_example(
    make_client: MakeClient, evolink_mock: EvoLinkMock, subtests: pytest.Subtests
) -> None:
    client = make_client()
    for operation in operations():
        with subtests.test(operation.name):
            evolink_mock.reset()
            try:
                reply = client.run(client.call(operation.name, **catalog.arguments(operation.name)))
            except evolink.NotFound:
                assert operation.role == "file-delete"  # there is no file
                continue
            media = operation.success.get("content", {}).get("application/json", {})
            documented = [example["value"] for example in media.get("examples", {}).values()]
            if operation.role is not None and hasattr(reply, "to_dict"):
                assert Validator(closure(catalog.CONTRACT, media["schema"])).violations(reply.to_dict()) == []
            elif documented and hasattr(reply, "to_dict"):
                assert reply.to_dict() in documented
            assert len(evolink_mock.requests) == 1


@pytest.mark.parametrize("base_url", [None, "http://127.0.0.1:8080/mock"])
def test_operation_is_sent_to_its_server_or_to_the_base_url(base_url: str | None) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    with httpx.Client(transport=httpx.MockTransport(answer), verify=CERTIFICATES) as http:
        client = evolink.EvoLink("some-key", base_url=base_url, http_client=http, validate=False)
        for operation in operations():
            entry = catalog.INDEX["operations"][operation.name]
            with contextlib.suppress(evolink.APIError):  # whatever it makes of the reply
                client.call(operation.name, **catalog.arguments(operation.name))
            server = base_url or entry.get("server", catalog.INDEX["server"])
            request = sent.pop()
            assert str(request.url).startswith(str(httpx.URL(server + entry["path"].partition("{")[0])))
            assert request.headers["authorization"] == "Bearer some-key"


def test_call_accepts_query_and_its_aliases(make_client: MakeClient, evolink_mock: EvoLinkMock) -> None:
    query = catalog.INDEX["task_query"]
    model = catalog.models()[0]
    client = make_client()
    task = client.run(getattr(client, model.resource).create(catalog.RequestObject(model.example)))
    parameter = catalog.INDEX["operations"][model.operation]["generation"]["parameter"]
    for name in (query, *catalog.INDEX["operations"][query].get("aliases", ())):
        assert client.run(client.call(name, **{parameter: task.id})).to_dict()["id"] == task.id
