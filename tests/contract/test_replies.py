"""Every documented reply, including older error codes, through the generated client and the SDK."""

import inspect
from importlib import import_module
from typing import Any

import httpx
import pytest
from contract import api_requests, catalog, replies
from contract.catalog import RequestObject
from contract.clients import MakeClient
from contract.replies import ERROR_CLASSES, Documented
from contract.reply_checker import ReplyChecker

import evolink
import evolink_api.models
from evolink_api.client import Client as GeneratedClient
from evolink_mock import EvoLinkMock

DOCUMENTED = replies.documented()
AS_PUBLISHED = [one for one in DOCUMENTED if not one.is_older]
REFUSED = [one for one in DOCUMENTED if one.status >= 400]
ACCEPTED = [one for one in AS_PUBLISHED if one.status < 300]
MODELS = catalog.models()
KEY = "a-key-of-the-contract-tests"


def by_label(value: object) -> str | None:
    return value.label if isinstance(value, Documented) else None


def answering(one: Documented) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(one.status, json=one.body))


def body_of(one: Documented) -> Any:
    """The request body that leads to a reply, if the operation starts a generation task."""
    if not is_create(one):
        return None
    models = [model for model in MODELS if model.operation == one.operation]
    if not models:  # the request does not depend on a model
        return catalog.arguments(one.operation).get("body")
    return next((model.example for model in models if model.name == one.model), models[0].example)


class Anything(dict[str, Any]):
    """A body that every generated function can encode."""

    def to_dict(self) -> dict[str, Any]:
        return self

    payload = b""

    def to_multipart(self) -> list[Any]:
        return []


def is_create(one: Documented) -> bool:
    """Whether the operation starts a generation task, and takes the JSON that `create` sends."""
    content = catalog.content(one.operation)
    is_form = content is not None and content.kind in (catalog.FORM, catalog.MULTIPART)
    return "generation" in catalog.INDEX["operations"][one.operation] and not is_form


def generated(one: Documented) -> Any:
    """The parsed result of the generated function for a reply."""
    module: Any = import_module(catalog.INDEX["operations"][one.operation]["module"])
    arguments: dict[str, Any] = {
        name: Anything() if name == "body" else "x"
        for name, parameter in inspect.signature(module.sync_detailed).parameters.items()
        if name != "client" and parameter.default is inspect.Parameter.empty
    }
    client = GeneratedClient(base_url="https://api.invalid", httpx_args={"transport": answering(one)})
    with client as entered:
        return module.sync_detailed(client=entered, **arguments)


def plain(parsed: Any) -> Any:
    """Generated objects as JSON."""
    if isinstance(parsed, list):
        return [plain(item) for item in parsed]
    return parsed.to_dict() if hasattr(parsed, "to_dict") else parsed


def request(client: Any, one: Documented) -> Any:
    """Request a reply with the SDK, as a user would."""
    if is_create(one):
        resource = getattr(client, catalog.INDEX["operations"][one.operation]["resource"])
        return client.run(resource.create(RequestObject(body_of(one))))
    if one.operation == catalog.INDEX["task_query"]:
        return client.run(client.tasks.get(f"{one.body['id']}" if "id" in one.body else "some-task"))
    return client.run(client.call(one.operation, **catalog.arguments(one.operation)))


@pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")  # by the generator
@pytest.mark.parametrize("one", DOCUMENTED, ids=by_label)
def test_generated_client_parses_documented_class(one: Documented) -> None:
    reply = generated(one)
    assert reply.status_code == one.status
    assert plain(reply.parsed) == one.body
    schema = replies.schema_of(one.operation, one.status) or {}
    if isinstance(one.body, dict) and (known := replies.properties(schema)):
        assert hasattr(evolink_api.models, type(reply.parsed).__name__)
        assert not known & reply.parsed.additional_properties.keys()
        # A union of reply schemas becomes a class that the generator names.
        assert (
            type(reply.parsed).__name__ == schema.get("$ref", "").rpartition("/")[2] or "$ref" not in schema
        )


@pytest.mark.parametrize("one", REFUSED, ids=by_label)
def test_client_raises_class_of_status(make_client: MakeClient, one: Documented) -> None:
    client = make_client(KEY, transport=answering(one), max_retries=0)
    with pytest.raises(evolink.APIStatusError) as caught:
        request(client, one)
    code, message = replies.code_and_message(one.body)
    plain = evolink.ServerError if one.status >= 500 else evolink.APIStatusError
    assert type(caught.value) is ERROR_CLASSES.get(one.status, plain)
    assert (caught.value.status, caught.value.code) == (one.status, code)
    assert message in str(caught.value)
    operation = catalog.INDEX["operations"][one.operation]
    # What has a role starts no task and costs nothing.
    has_role = "x-evolink-role" in catalog.operation(one.operation)
    changes = operation["method"] not in ("get", "head", "options") and not has_role
    is_unknown = one.status >= 500 or ("generation" in operation and one.status == 429)
    assert caught.value.outcome_unknown == (changes and is_unknown)


@pytest.mark.parametrize("one", ACCEPTED, ids=by_label)
def test_client_returns_documented_reply(make_client: MakeClient, one: Documented) -> None:
    given = request(make_client(KEY, transport=answering(one)), one)
    if is_create(one) or one.operation == catalog.INDEX["task_query"]:
        assert isinstance(given, evolink.Task | evolink.AsyncTask)
        assert given.raw == one.body
        shown = {name: getattr(given, name) for name in ("status", "progress", "model", "created")}
        assert shown.items() >= {key: one.body[key] for key in shown.keys() & one.body.keys()}.items()
    else:
        assert plain(given) == one.body


@pytest.mark.parametrize("one", [one for one in AS_PUBLISHED if one.example], ids=by_label)
def test_mock_returns_preferred_example(evolink_mock: EvoLinkMock, one: Documented) -> None:
    body = body_of(one)
    prefer = f'code={one.status}, example="{one.example}"'
    answered = api_requests.send(evolink_mock, one.operation, body, Prefer=prefer)
    assert (answered.status_code, answered.json()) == (one.status, one.body)


@pytest.mark.parametrize("one", REFUSED, ids=by_label)
def test_mock_fault_uses_documented_reply(
    evolink_mock: EvoLinkMock, reply_checker: ReplyChecker, one: Documented
) -> None:
    reply_checker.is_disabled = one.is_older
    evolink_mock.fault(status=one.status, code_type="integer" if one.is_older else None)
    body = body_of(one)
    answered = api_requests.send(evolink_mock, one.operation, body)
    model = None if body is None else body.get("model")
    alike = [other for other in DOCUMENTED if other[:2] == one[:2] and other.is_older == one.is_older]
    own = [other.body for other in alike if model in (other.model, None)]
    assert answered.status_code == one.status
    assert not one.example or answered.json() in (own or [other.body for other in alike])


def test_generation_tasks_and_query_have_documented_replies() -> None:
    creates = {name for name, entry in catalog.INDEX["operations"].items() if "generation" in entry}
    assert {one.operation for one in ACCEPTED} >= {*creates, catalog.INDEX["task_query"]}
    assert {one.operation for one in REFUSED} >= {catalog.INDEX["task_query"]}
