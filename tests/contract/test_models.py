"""Every model of the contract, from request to file: what is documented works, what breaks a rule is refused twice."""

import httpx
import pytest
from contract import catalog, rules
from contract.catalog import Model

from evolink import AuthenticationError, InvalidRequest
from evolink_api.validation import Validator
from evolink_mock import EvoLinkMock

MODELS = catalog.models()
BROKEN = [(model, one) for model in MODELS for one in rules.broken(model.schema, model.example)]
LENIENT = [
    (model, one) for model, one in BROKEN if not Validator(model.schema, lenient=True).violations(one.body)
]
STRICT = [pair for pair in BROKEN if pair not in LENIENT]


def by_rule(value: object) -> str | None:
    return (
        value.label if isinstance(value, rules.Broken) else value.name if isinstance(value, Model) else None
    )


def post(mock: EvoLinkMock, model: Model, body: object, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or mock.api_key}"}
    return httpx.post(mock.base_url + model.path, json=body, headers=headers)


@pytest.mark.parametrize("model", MODELS, ids=by_rule)
def test_a_documented_example_becomes_a_file(client, door, tmp_path, model) -> None:
    resource = getattr(client, model.resource)
    task = client.run(resource.generate(**model.example, timeout=3600))
    paths = client.run(task.download(tmp_path / model.name))
    assert (task.status, task.model) == ("completed", model.name)
    assert len(paths) == len(task.results) > 0
    assert all(path.stat().st_size > 1000 for path in paths)


@pytest.mark.parametrize(("model", "one"), STRICT, ids=by_rule)
def test_the_mock_refuses_a_broken_rule_with_the_documented_error(evolink_mock, model, one) -> None:
    reply = post(evolink_mock, model, one.body)
    documented = [body["error"]["code"] for body in catalog.documented(model.operation, "400", model.name)]
    error = reply.json()["error"]
    assert reply.status_code == 400
    assert error["code"] in documented
    assert one.path in [violation["path"] for violation in error["violations"]]


@pytest.mark.parametrize(("model", "one"), BROKEN, ids=by_rule)
def test_the_client_refuses_a_broken_rule_before_anything_is_sent(make_client, mock, model, one) -> None:
    client = make_client()
    with pytest.raises(InvalidRequest) as caught:
        client.run(getattr(client, model.resource).create(**one.body))
    assert one.path in [violation.path for violation in caught.value.violations]
    assert one.path in str(caught.value)
    assert len(mock.requests) == 0


@pytest.mark.parametrize(("model", "one"), LENIENT, ids=by_rule)
def test_what_the_api_forgives_the_mock_takes_and_the_client_does_not(evolink_mock, model, one) -> None:
    assert post(evolink_mock, model, one.body).status_code == 200
    assert Validator(model.schema).violations(one.body)


@pytest.mark.parametrize("model", MODELS, ids=by_rule)
def test_a_wrong_token_gets_the_documented_401(evolink_mock, model) -> None:
    reply = post(evolink_mock, model, model.example, key="no-such-key")
    assert reply.status_code == 401
    assert reply.json() == catalog.documented(model.operation, "401", model.name)[0]


@pytest.mark.parametrize("model", MODELS, ids=by_rule)
def test_a_wrong_token_raises_with_the_documented_text(make_client, mock, model) -> None:
    client = make_client("no-such-key")
    with pytest.raises(AuthenticationError) as caught:
        client.run(getattr(client, model.resource).create(**model.example))
    documented = catalog.documented(model.operation, "401", model.name)[0]["error"]
    assert caught.value.code == documented["code"]
    assert documented["message"] in str(caught.value)
    assert "no-such-key" not in str(caught.value) + repr(caught.value)
