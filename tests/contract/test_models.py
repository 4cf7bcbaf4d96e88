"""Every model: allowed requests become files; client and mock refuse requests that break a rule."""

from pathlib import Path

import httpx
import pytest
from contract import api_requests, catalog, request_cases
from contract.catalog import Model, RequestObject
from contract.clients import Client, MakeClient
from contract.reply_checker import ReplyChecker
from contract.request_cases import RequestCase

from evolink import AuthenticationError, BadRequest, InvalidRequest, UnknownModelWarning
from evolink_api.validation import Validator
from evolink_mock import EvoLinkMock

MODELS = catalog.models()
GUARDED = [model for model in MODELS if catalog.needs_key(model.operation)]
BROKEN = [(model, case) for model in MODELS for case in request_cases.invalid(model.schema, model.example)]
LENIENT = [(model, case) for model, case in BROKEN if request_cases.is_lenient(model.schema, case.path)]
ALLOWED = [
    (model, case)
    for model in MODELS
    for case in request_cases.allowed(model.schema, model.example)
    if case.body["model"] == model.name
]
STRICT = [pair for pair in BROKEN if pair not in LENIENT]
# An unknown model may be new: the client warns and sends the request, and the API decides.
OTHER_MODEL = [pair for pair in BROKEN if (pair[1].path, pair[1].rule) == ("model", "enum")]
KNOWN_MODEL = [pair for pair in BROKEN if pair not in OTHER_MODEL]


def case_id(value: object) -> str | None:
    if isinstance(value, RequestCase):
        return value.label
    return value.name if isinstance(value, Model) else None


def post(mock: EvoLinkMock, model: Model, body: object, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or mock.api_key}"}
    return api_requests.HTTP.post(mock.base_url + model.path, json=body, headers=headers)


@pytest.mark.parametrize("model", MODELS, ids=case_id)
def test_documented_example_is_downloaded(
    client: Client, reply_checker: ReplyChecker, tmp_path: Path, model: Model
) -> None:
    resource = getattr(client, model.resource)
    task = client.run(resource.generate(RequestObject(model.example), timeout=3600, **client.poll_options))
    paths = client.run(task.download(tmp_path / model.name))
    assert (task.status, task.model) == ("completed", model.name)
    assert len(paths) == len(task.results) > 0
    assert all(path.stat().st_size > 1000 for path in paths)
    assert reply_checker.checked >= 2


@pytest.mark.parametrize(("model", "case"), ALLOWED, ids=case_id)
def test_allowed_value_is_accepted(evolink_mock: EvoLinkMock, model: Model, case: RequestCase) -> None:
    assert Validator(model.schema, unknown=True).violations(case.body) == []
    assert post(evolink_mock, model, case.body).is_success


@pytest.mark.parametrize(("model", "case"), STRICT, ids=case_id)
def test_mock_refuses_broken_rule(evolink_mock: EvoLinkMock, model: Model, case: RequestCase) -> None:
    reply = post(evolink_mock, model, case.body)
    model_name = str(case.body.get("model"))
    documented = [body["error"]["code"] for body in catalog.documented(model.operation, "400", model_name)]
    assert reply.status_code == 400
    assert not documented or reply.json()["error"]["code"] in documented
    assert (case.path, case.rule) in {(fault["path"], fault["rule"]) for fault in reply.json()["violations"]}


@pytest.mark.parametrize(("model", "case"), KNOWN_MODEL, ids=case_id)
def test_client_refuses_broken_rule_before_sending(
    make_client: MakeClient, mock: EvoLinkMock, model: Model, case: RequestCase
) -> None:
    client = make_client()
    with pytest.raises(InvalidRequest) as caught:
        client.run(getattr(client, model.resource).create(RequestObject(case.body)))
    assert (case.path, case.rule) in {(fault.path, fault.rule) for fault in caught.value.violations}
    assert case.path in str(caught.value)
    assert len(mock.requests) == 0
    if (model, case) in STRICT:
        refused = post(mock, model, case.body).json()["violations"]
        # The API ignores undocumented names; the client refuses them.
        known = [violation for violation in caught.value.violations if violation.rule != "unknown"]
        reported = {(violation.path, violation.rule) for violation in known}
        assert reported == {(violation["path"], violation["rule"]) for violation in refused}


@pytest.mark.parametrize(("model", "case"), OTHER_MODEL, ids=case_id)
def test_unknown_model_is_sent_with_warning(
    make_client: MakeClient, mock: EvoLinkMock, model: Model, case: RequestCase
) -> None:
    client = make_client()
    with pytest.warns(UnknownModelWarning, match=str(case.body["model"])), pytest.raises(BadRequest):
        client.run(getattr(client, model.resource).create(RequestObject(case.body)))
    assert len(mock.requests) == 1


@pytest.mark.parametrize("name", [None, 5, [], {}])
def test_model_of_wrong_type_is_refused(make_client: MakeClient, mock: EvoLinkMock, name: object) -> None:
    model = MODELS[0]
    client, body = make_client(), {**model.example, "model": name}
    with pytest.raises(InvalidRequest) as caught:
        client.run(getattr(client, model.resource).create(RequestObject(body)))
    refused = post(mock, model, body).json()["violations"]
    assert [case["rule"] for case in refused] == [case.rule for case in caught.value.violations] == ["type"]


@pytest.mark.parametrize(("model", "case"), LENIENT, ids=case_id)
def test_lenient_value_is_refused_only_by_client(
    evolink_mock: EvoLinkMock, model: Model, case: RequestCase
) -> None:
    assert post(evolink_mock, model, case.body).is_success
    assert Validator(model.schema).violations(case.body)


@pytest.mark.parametrize("model", GUARDED, ids=case_id)
def test_wrong_key_raises_documented_error(make_client: MakeClient, mock: EvoLinkMock, model: Model) -> None:
    client = make_client("no-such-key")
    with pytest.raises(AuthenticationError) as caught:
        client.run(getattr(client, model.resource).create(RequestObject(model.example)))
    for documented in catalog.documented(model.operation, "401", model.name):
        assert caught.value.code == str(documented["error"]["code"])
        assert documented["error"]["message"] in str(caught.value)
    assert "no-such-key" not in str(caught.value) + repr(caught.value)
