"""Every model, from request to file: what is documented works, what breaks a rule is refused twice."""

from pathlib import Path

import httpx
import pytest
from contract import asking, catalog, rules
from contract.catalog import Model, Sent
from contract.clients import Client, MakeClient
from contract.rules import Broken
from contract.watch import Watch

from evolink import AuthenticationError, BadRequest, InvalidRequest, UnknownModelWarning
from evolink_api.validation import Validator
from evolink_mock import EvoLinkMock

MODELS = catalog.models()
GUARDED = [model for model in MODELS if catalog.needs_key(model.operation)]
BROKEN = [(model, one) for model in MODELS for one in rules.broken(model.schema, model.example)]
LENIENT = [(model, one) for model, one in BROKEN if rules.is_forgiven(model.schema, one.path)]
ALLOWED = [
    (model, one)
    for model in MODELS
    for one in rules.allowed(model.schema, model.example)
    if one.body["model"] == model.name
]
STRICT = [pair for pair in BROKEN if pair not in LENIENT]
# An unknown model may be new: the client warns and sends, and the API decides.
OTHER_MODEL = [pair for pair in BROKEN if (pair[1].path, pair[1].rule) == ("model", "enum")]
KNOWN_MODEL = [pair for pair in BROKEN if pair not in OTHER_MODEL]


def by_rule(value: object) -> str | None:
    return (
        value.label if isinstance(value, rules.Broken) else value.name if isinstance(value, Model) else None
    )


def post(mock: EvoLinkMock, model: Model, body: object, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or mock.api_key}"}
    return asking.HTTP.post(mock.base_url + model.path, json=body, headers=headers)


@pytest.mark.parametrize("model", MODELS, ids=by_rule)
def test_a_documented_example_becomes_a_file(
    client: Client, watch: Watch, tmp_path: Path, model: Model
) -> None:
    resource = getattr(client, model.resource)
    task = client.run(resource.generate(Sent(model.example), timeout=3600, **client.pace))
    paths = client.run(task.download(tmp_path / model.name))
    assert (task.status, task.model) == ("completed", model.name)
    assert len(paths) == len(task.results) > 0
    assert all(path.stat().st_size > 1000 for path in paths)
    assert watch.seen >= 2


@pytest.mark.parametrize(("model", "one"), ALLOWED, ids=by_rule)
def test_what_is_documented_is_taken_by_both(evolink_mock: EvoLinkMock, model: Model, one: Broken) -> None:
    assert Validator(model.schema, unknown=True).violations(one.body) == []
    assert post(evolink_mock, model, one.body).status_code == 200


@pytest.mark.parametrize(("model", "one"), STRICT, ids=by_rule)
def test_the_mock_refuses_a_broken_rule_with_the_documented_error(
    evolink_mock: EvoLinkMock, model: Model, one: Broken
) -> None:
    reply = post(evolink_mock, model, one.body)
    asked = str(one.body.get("model"))
    documented = [body["error"]["code"] for body in catalog.documented(model.operation, "400", asked)]
    assert reply.status_code == 400
    assert not documented or reply.json()["error"]["code"] in documented
    assert (one.path, one.rule) in {(fault["path"], fault["rule"]) for fault in reply.json()["violations"]}


@pytest.mark.parametrize(("model", "one"), KNOWN_MODEL, ids=by_rule)
def test_the_client_refuses_a_broken_rule_before_anything_is_sent(
    make_client: MakeClient, mock: EvoLinkMock, model: Model, one: Broken
) -> None:
    client = make_client()
    with pytest.raises(InvalidRequest) as caught:
        client.run(getattr(client, model.resource).create(Sent(one.body)))
    assert (one.path, one.rule) in {(fault.path, fault.rule) for fault in caught.value.violations}
    assert one.path in str(caught.value)
    assert len(mock.requests) == 0
    if (model, one) in STRICT:
        refused = post(mock, model, one.body).json()["violations"]
        # The API takes no notice of undocumented names; the client does.
        known = [violation for violation in caught.value.violations if violation.rule != "unknown"]
        verdict = {(violation.path, violation.rule) for violation in known}
        assert verdict == {(violation["path"], violation["rule"]) for violation in refused}


@pytest.mark.parametrize(("model", "one"), OTHER_MODEL, ids=by_rule)
def test_an_unknown_model_is_sent_with_a_warning_and_refused_by_the_mock(
    make_client: MakeClient, mock: EvoLinkMock, model: Model, one: Broken
) -> None:
    client = make_client()
    with pytest.warns(UnknownModelWarning, match=str(one.body["model"])), pytest.raises(BadRequest):
        client.run(getattr(client, model.resource).create(Sent(one.body)))
    assert len(mock.requests) == 1


@pytest.mark.parametrize("name", [None, 5, [], {}])
def test_a_model_that_is_no_name_is_refused_alike(
    make_client: MakeClient, mock: EvoLinkMock, name: object
) -> None:
    model = MODELS[0]
    client, body = make_client(), {**model.example, "model": name}
    with pytest.raises(InvalidRequest) as caught:
        client.run(getattr(client, model.resource).create(Sent(body)))
    refused = post(mock, model, body).json()["violations"]
    assert [one["rule"] for one in refused] == [one.rule for one in caught.value.violations] == ["type"]


@pytest.mark.parametrize(("model", "one"), LENIENT, ids=by_rule)
def test_what_the_api_forgives_the_mock_takes_and_the_client_does_not(
    evolink_mock: EvoLinkMock, model: Model, one: Broken
) -> None:
    assert post(evolink_mock, model, one.body).status_code == 200
    assert Validator(model.schema).violations(one.body)


@pytest.mark.parametrize("model", GUARDED, ids=by_rule)
def test_a_wrong_token_gets_the_documented_401(evolink_mock: EvoLinkMock, model: Model) -> None:
    reply = post(evolink_mock, model, model.example, key="no-such-key")
    assert reply.status_code == 401
    assert reply.json() in (catalog.documented(model.operation, "401", model.name) or [reply.json()])


@pytest.mark.parametrize("model", GUARDED, ids=by_rule)
def test_a_wrong_token_raises_with_the_documented_text(
    make_client: MakeClient, mock: EvoLinkMock, model: Model
) -> None:
    client = make_client("no-such-key")
    with pytest.raises(AuthenticationError) as caught:
        client.run(getattr(client, model.resource).create(Sent(model.example)))
    for documented in catalog.documented(model.operation, "401", model.name):
        assert caught.value.code == str(documented["error"]["code"])
        assert documented["error"]["message"] in str(caught.value)
    assert "no-such-key" not in str(caught.value) + repr(caught.value)
