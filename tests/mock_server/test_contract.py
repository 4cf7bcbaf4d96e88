"""The contract that is shipped, read as data: no model and no limit is named here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from evolink_mock import Contract, ContractBreach, ContractError, EvoLinkMock
from evolink_mock import _schema as schemas
from evolink_mock._blueprint import Blueprint
from evolink_mock._contract import NoRoute

from .conftest import CLIP, CLIPS, INVENTED, TLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evolink_mock._operation import Media, Operation

SHIPPED = Contract.load()
MODELS = [(op.id, name) for op in SHIPPED.jobs for name in op.models]


@pytest.fixture
def api() -> Iterator[Any]:
    with (
        EvoLinkMock() as mock,
        httpx.Client(
            base_url=mock.base_url, headers={"Authorization": f"Bearer {mock.api_key}"}, verify=TLS
        ) as client,
    ):
        yield mock, client


def documented(op: Operation, name: Any) -> Any:
    assert op.body is not None
    return next(one.value for one in op.body.examples if one.models is None or name in one.models)


def content(op: Operation, status: int) -> Media:
    found = op.reply(status)
    assert found is not None
    return found


@pytest.mark.parametrize(("operation", "name"), MODELS)
def test_every_documented_example_becomes_a_result(
    api: tuple[EvoLinkMock, httpx.Client], operation: Any, name: Any
) -> None:
    mock, client = api
    op = SHIPPED.operation(operation)
    reply = client.post(op.path, json=documented(op, name))
    assert reply.status_code == 200, reply.text
    assert reply.json()["model"] == name
    assert op.success.conforms(reply.json())
    assert op.link is not None
    query = SHIPPED.operation(op.link.operation)
    path = query.path.replace(f"{{{op.link.parameter}}}", schemas.pointer(reply.json(), op.link.pointer))
    while (told := client.get(path).json())["status"] != "completed":
        assert query.success.conforms(told)
    assert query.success.conforms(told)
    assert client.get(told["results"][0]).status_code == 200
    assert mock.ledger.charged == schemas.search(reply.json(), "credits_reserved")


@pytest.mark.parametrize(("operation", "name"), MODELS)
def test_every_documented_limit_is_kept(
    api: tuple[EvoLinkMock, httpx.Client], operation: Any, name: Any
) -> None:
    """One wrong value for each rule of each parameter is refused, in the words of the model's document."""
    _, client = api
    op = SHIPPED.operation(operation)
    assert op.body is not None
    good = documented(op, name)
    found = schemas.properties(SHIPPED.document, op.models[name].schema)
    broken = [
        (prop, "required", {key: one for key, one in good.items() if key != prop})
        for prop in op.models[name].schema["required"]
    ]
    for prop, raw in found.items():
        for rule, value in wrong_values(schemas.resolve(SHIPPED.document, raw)):
            broken.append((prop, rule, good | {prop: value}))
    assert len(broken) > 3
    for prop, rule, body in broken:
        if prop == op.body.discriminator:
            continue
        reply = client.post(op.path, json=body)
        assert reply.status_code == 400, (prop, rule, reply.text)
        violation = reply.json()["violations"][0]
        assert (violation["path"].partition("[")[0], violation["rule"]) == (prop, rule), reply.text
        assert violation["message"] in reply.json()["error"]["message"]
        example = content(op, 400).example(name)
        assert reply.json()["error"]["code"] == example["error"]["code"]
        assert content(op, 400).conforms(reply.json())


@pytest.mark.parametrize("renewed", [False, True])
def test_links_hold_for_24_hours_and_are_made_anew_only_if_a_test_says_so(
    api: tuple[EvoLinkMock, httpx.Client], renewed: bool
) -> None:
    mock, client = api
    mock.outcome("completed", results=3, renew_links=renewed)
    op = SHIPPED.jobs[0]
    assert op.link is not None
    reply = client.post(op.path, json=documented(op, next(iter(op.models))))
    query = SHIPPED.operation(op.link.operation).path.replace(f"{{{op.link.parameter}}}", reply.json()["id"])
    mock.clock.advance(mock._engine.tasks.get(reply.json()["id"]).seconds)  # type: ignore[union-attr]  # just made
    links = client.get(query).json()["results"]
    assert len(set(links)) == 3
    mock.clock.advance(24 * 3600)
    assert [client.head(link).status_code for link in links] == [200] * 3
    mock.clock.advance(1)
    assert [client.head(link).status_code for link in links] == [410] * 3
    again = client.get(query).json()["results"]
    assert [client.head(link).status_code for link in again] == [200 if renewed else 410] * 3


def wrong_values(schema: Any) -> Iterator[Any]:
    if "enum" in schema:
        wrong = ("zz",) if schema["type"] == "string" else (7, 9)
        yield "enum", next(one for one in wrong if one not in schema["enum"])
    if "maxLength" in schema and "x-evolink-url" not in schema:
        yield "maxLength", "x" * (schema["maxLength"] + 1)
    if "x-evolink-url" in schema and schema["x-evolink-url"].get("schemes") == ["https"]:
        yield "url", "http://example.com/hook"
    if schema.get("x-evolink-url", {}).get("public"):
        yield "url", "https://10.0.0.1/"
        yield "url", "https://[::ffff:127.0.0.1]/"
        yield "maxLength", "https://example.com/" + "x" * schema["maxLength"]
    if "maxItems" in schema:
        yield "maxItems", ["https://example.com/a.mp4"] * (schema["maxItems"] + 1)
    if schema.get("minItems"):
        yield "minItems", []


@pytest.mark.parametrize("op", SHIPPED.operations, ids=lambda op: op.id)
def test_every_operation_refuses_an_unknown_key_as_documented(
    api: tuple[EvoLinkMock, httpx.Client], op: Operation
) -> None:
    _, client = api
    path = op.path.replace("{", "x").replace("}", "")
    reply = client.request(op.method, path, headers={"Authorization": "Bearer wrong"})
    assert reply.status_code == 401
    assert reply.json() == content(op, 401).example()


@pytest.mark.parametrize("op", SHIPPED.operations, ids=lambda op: op.id)
def test_every_documented_status_can_be_provoked(
    api: tuple[EvoLinkMock, httpx.Client], op: Operation
) -> None:
    mock, client = api
    for status in map(int, op.replies):
        if status >= 400:
            mock.fault(status=status)
            reply = client.request(op.method, op.path.replace("{", "x").replace("}", ""))
            assert (reply.status_code, reply.json()) == (status, content(op, status).example())


def test_every_documented_reason_of_failure_can_be_provoked(api: tuple[EvoLinkMock, httpx.Client]) -> None:
    mock, client = api
    op = SHIPPED.jobs[0]
    for code, known in SHIPPED.task_errors.items():
        mock.outcome("failed", code=code)
        client.post(op.path, json=documented(op, next(iter(op.models))))
        mock.clock.advance(10_000)
        error = mock.tasks[-1].raw["error"]
        assert (error["code"], error["message"]) == (code, known["advice"])
    assert mock.ledger.charged == 0
    assert len(SHIPPED.task_errors) > 5


def test_operations_are_found_by_method_and_path(invented: Contract) -> None:
    op, values = invented.find("GET", "/v2/jobs/job-%C3%A9")
    assert (op.id, values) == ("getJob", {"job_id": "job-é"})
    with pytest.raises(NoRoute) as wrong_method:
        invented.find("PUT", "/v2/jobs/job-1")
    assert wrong_method.value.allowed == ("GET",)
    with pytest.raises(NoRoute) as nowhere:
        invented.find("GET", "/v2/jobs/job-1/more")
    assert nowhere.value.allowed == ()


def test_operations_are_found_by_any_of_their_names(invented: Contract) -> None:
    assert invented.operation("makeClip") is invented.operation("createClip")
    with pytest.raises(LookupError, match="createClip"):
        invented.operation("makeFilm")


def test_other_hosts_are_known(invented: Contract) -> None:
    assert invented.hosts == {"api.clips.test", "files.clips.test"}


def test_json_and_yaml_say_the_same(tmp_path: Path, invented: Contract) -> None:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(invented.document))
    assert Contract.load(path).document == Contract.load(INVENTED).document


@pytest.mark.parametrize("text", ["openapi: [", "- a list", "openapi: 3.1.0", "\x00"])
def test_what_is_no_contract_is_refused(tmp_path: Path, text: Any) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(text)
    with pytest.raises(ContractError, match=r"contract\.yaml: "):
        EvoLinkMock(contract=path)


def test_a_contract_can_be_given_as_it_is(invented: Contract) -> None:
    assert EvoLinkMock(contract=invented.document).base_url == "https://api.clips.test"


def test_a_reply_that_breaks_the_contract_shows(
    mock: EvoLinkMock, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Blueprint, "created", lambda *_: {"id": 7})
    with pytest.raises(ContractBreach, match="id: 7 is not a string"):
        client.post(CLIPS, json=CLIP)


def test_documents_whose_own_example_breaks_their_schema_can_be_used(invented: Contract) -> None:
    document = json.loads(json.dumps(invented.document))
    reply = document["paths"]["/v2/balance"]["get"]["responses"]["200"]["content"]["application/json"]
    reply["examples"]["any"]["value"] = {"success": "yes"}
    with EvoLinkMock(contract=document) as mock, httpx.Client(base_url=mock.base_url, verify=TLS) as client:
        headers = {"Authorization": f"Bearer {mock.api_key}"}
        assert client.get("/v2/balance", headers=headers).json() == {"success": "yes"}


def test_without_an_example_the_reply_is_made_from_the_schema(invented: Contract) -> None:
    document = json.loads(json.dumps(invented.document))
    for path, method in (("/v2/balance", "get"), (CLIPS, "post")):
        del document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["examples"]
    with (
        EvoLinkMock(contract=document) as mock,
        httpx.Client(
            base_url=mock.base_url, headers={"Authorization": f"Bearer {mock.api_key}"}, verify=TLS
        ) as client,
    ):
        assert client.get("/v2/balance").json()["data"]["left"] == 0
        assert client.post(CLIPS, json=CLIP).json()["model"] == "toon-1"
