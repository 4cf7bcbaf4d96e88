"""Every documented reply, with older codes too, through the generated client and through the SDK."""

import inspect
from importlib import import_module
from typing import Any

import httpx
import pytest
from contract import asking, catalog, replies
from contract.catalog import Sent
from contract.clients import MakeClient
from contract.replies import Documented
from contract.watch import Watch

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

# The interface of the SDK, which follows from no document.
CLASSES: dict[int, type[evolink.APIStatusError]] = {
    400: evolink.BadRequest,
    401: evolink.AuthenticationError,
    402: evolink.InsufficientCredits,
    403: evolink.PermissionDenied,
    404: evolink.NotFound,
    409: evolink.Conflict,
    413: evolink.PayloadTooLarge,
    429: evolink.RateLimited,
}


def by_label(value: object) -> str | None:
    return value.label if isinstance(value, Documented) else None


def answering(one: Documented) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(one.status, json=one.body))


def body_of(one: Documented) -> Any:
    """The request that leads to a reply, where that is one of a job."""
    if not is_job(one):
        return None
    models = [model for model in MODELS if model.operation == one.operation]
    if not models:  # a job whose request is not told apart by model
        return catalog.arguments(one.operation).get("body")
    return next((model.example for model in models if model.name == one.model), models[0].example)


class Anything(dict[str, Any]):
    """A body for whatever generated functions make of one."""

    def to_dict(self) -> dict[str, Any]:
        return self

    payload = b""

    def to_multipart(self) -> list[Any]:
        return []


def is_job(one: Documented) -> bool:
    return "generation" in catalog.INDEX["operations"][one.operation]


def generated(one: Documented) -> Any:
    """What the generated function gives for a reply."""
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
    """What generated objects hold, as JSON."""
    if isinstance(parsed, list):
        return [plain(item) for item in parsed]
    return parsed.to_dict() if hasattr(parsed, "to_dict") else parsed


def ask(client: Any, one: Documented) -> Any:
    """Ask for a reply in the way that users do."""
    if is_job(one):
        resource = getattr(client, catalog.INDEX["operations"][one.operation]["resource"])
        return client.run(resource.create(Sent(body_of(one))))
    if one.operation == catalog.INDEX["task_query"]:
        return client.run(client.tasks.get(f"{one.body['id']}" if "id" in one.body else "some-task"))
    return client.run(client.call(one.operation, **catalog.arguments(one.operation)))


@pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")  # by the generator
@pytest.mark.parametrize("one", DOCUMENTED, ids=by_label)
def test_the_generated_client_reads_it_into_the_documented_class(one: Documented) -> None:
    reply = generated(one)
    assert reply.status_code == one.status
    assert plain(reply.parsed) == one.body
    schema = replies.schema_of(one.operation, one.status) or {}
    if isinstance(one.body, dict) and (known := replies.properties(schema)):
        assert hasattr(evolink_api.models, type(reply.parsed).__name__)
        assert not known & reply.parsed.additional_properties.keys()
        # Several forms of one reply are read into a class of the generator's own.
        assert (
            type(reply.parsed).__name__ == schema.get("$ref", "").rpartition("/")[2] or "$ref" not in schema
        )


@pytest.mark.parametrize("one", REFUSED, ids=by_label)
def test_the_client_raises_the_class_of_the_status_with_the_documented_words(
    make_client: MakeClient, one: Documented
) -> None:
    client = make_client(KEY, transport=answering(one), max_retries=0)
    with pytest.raises(evolink.APIStatusError) as caught:
        ask(client, one)
    code, message = replies.said(one.body)
    plain = evolink.ServerError if one.status >= 500 else evolink.APIStatusError
    assert type(caught.value) is CLASSES.get(one.status, plain)
    assert (caught.value.status, caught.value.code) == (one.status, code)
    assert message in str(caught.value)
    changes = catalog.INDEX["operations"][one.operation]["method"] not in ("get", "head", "options")
    assert caught.value.outcome_unknown == (changes and one.status >= 500)


@pytest.mark.parametrize("one", ACCEPTED, ids=by_label)
def test_the_client_gives_what_was_answered(make_client: MakeClient, one: Documented) -> None:
    given = ask(make_client(KEY, transport=answering(one)), one)
    if is_job(one) or one.operation == catalog.INDEX["task_query"]:
        assert isinstance(given, evolink.Task | evolink.AsyncTask)
        assert given.raw == one.body
        shown = {name: getattr(given, name) for name in ("status", "progress", "model", "created")}
        assert shown.items() >= {key: one.body[key] for key in shown.keys() & one.body.keys()}.items()
    else:
        assert plain(given) == one.body


@pytest.mark.parametrize("one", [one for one in AS_PUBLISHED if one.example], ids=by_label)
def test_the_mock_gives_each_example_that_is_preferred(evolink_mock: EvoLinkMock, one: Documented) -> None:
    body = body_of(one)
    prefer = f'code={one.status}, example="{one.example}"'
    answered = asking.ask(evolink_mock, one.operation, body, Prefer=prefer)
    assert (answered.status_code, answered.json()) == (one.status, one.body)


@pytest.mark.parametrize("one", REFUSED, ids=by_label)
def test_the_mock_fails_in_the_documented_words(
    evolink_mock: EvoLinkMock, watch: Watch, one: Documented
) -> None:
    watch.is_off = one.is_older
    evolink_mock.fault(status=one.status, code_type="integer" if one.is_older else None)
    body = body_of(one)
    answered = asking.ask(evolink_mock, one.operation, body)
    asked = None if body is None else body.get("model")
    alike = [other for other in DOCUMENTED if other[:2] == one[:2] and other.is_older == one.is_older]
    own = [other.body for other in alike if asked in (other.model, None)]
    assert answered.status_code == one.status
    assert not one.example or answered.json() in (own or [other.body for other in alike])


def test_every_job_and_the_query_have_documented_replies() -> None:
    jobs = {name for name, entry in catalog.INDEX["operations"].items() if "generation" in entry}
    assert {one.operation for one in ACCEPTED} >= {*jobs, catalog.INDEX["task_query"]}
    assert {one.operation for one in REFUSED} >= {catalog.INDEX["task_query"]}
