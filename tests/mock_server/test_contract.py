"""Reading contracts. The shipped contract has its own tests in `tests/contract`."""

import copy
import json
import re
from pathlib import Path

import httpx
import pytest

from evolink_mock import Contract, ContractError, ContractViolation, EvoLinkMock
from evolink_mock._contract.contract import NoRoute
from evolink_mock._tasks.task import TaskTemplate

from .conftest import CLIP, CLIPS, CONTRACT_FILE, client_of


def test_find_by_method_and_path(synthetic: Contract) -> None:
    op, values = synthetic.find("GET", "/v2/jobs/job-%C3%A9")
    assert (op.id, values) == ("getJob", {"job_id": "job-é"})
    with pytest.raises(NoRoute) as wrong_method:
        synthetic.find("PUT", "/v2/jobs/job-1")
    assert wrong_method.value.allowed == ("GET",)
    with pytest.raises(NoRoute) as nowhere:
        synthetic.find("GET", "/v2/jobs/job-1/more")
    assert nowhere.value.allowed == ()


def test_find_by_id_or_alias(synthetic: Contract) -> None:
    assert synthetic.operation("makeClip") is synthetic.operation("createClip")
    with pytest.raises(LookupError, match="createClip"):
        synthetic.operation("makeFilm")


def test_hosts_include_those_of_operations(synthetic: Contract) -> None:
    assert synthetic.hosts == {"api.clips.test", "files.clips.test"}


def test_default_port_is_no_part_of_a_host(synthetic: Contract) -> None:
    servers = [{"url": "https://API.clips.test:443"}]
    with (
        EvoLinkMock(contract={**synthetic.document, "servers": servers}) as mock,
        client_of(mock) as client,
    ):
        assert client.get("/v2/jobs/job-1").status_code == 404


def test_load_json_and_yaml(tmp_path: Path, synthetic: Contract) -> None:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(synthetic.document))
    assert Contract.load(path).document == Contract.load(CONTRACT_FILE).document


@pytest.mark.parametrize(
    "text",
    [
        "openapi: [",
        "- a list",
        "openapi: 3.1.0",
        "\x00",
        "{openapi: 3.1.0, paths: {/a: }}",
        "{openapi: 3.1.0, paths: {/a: {get: {operationId: a}}}}",
        "{openapi: 3, paths: {/a: {get: {responses: {}, x-evolink-generation: {query: b, parameter: c}}}}}",
    ],
)
def test_invalid_contract_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(text)
    with pytest.raises(ContractError, match=r"contract\.yaml: "):
        EvoLinkMock(contract=path)


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("#/components/schemas/Nothing", "leads nowhere: '#/components/schemas/Nothing'"),
        ("#/paths/~1v2~1nothing", "leads nowhere"),
        ("other.yaml#/Clip", "leads out of the document"),
    ],
)
def test_reference_that_leads_nowhere_is_refused(
    tmp_path: Path, synthetic: Contract, reference: str, why: str
) -> None:
    document = copy.deepcopy(synthetic.document)
    document["paths"]["/v2/balance"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {
        "$ref": reference
    }
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(document))
    for source in (path, document):
        with pytest.raises(ContractError, match=re.escape(why)) as caught:
            Contract.load(source)
        assert "\n" not in str(caught.value)


def test_value_that_looks_like_a_reference_is_none(synthetic: Contract) -> None:
    document = copy.deepcopy(synthetic.document)
    response = document["paths"]["/v2/balance"]["get"]["responses"]["200"]["content"]["application/json"]
    response["examples"]["any"]["value"] = {"success": True, "$ref": "#/nowhere"}
    response["schema"] = {"type": "object", "properties": {"$ref": {"type": "string", "const": "#/nowhere"}}}
    assert Contract.load(document).operations


def test_load_accepts_a_contract(synthetic: Contract) -> None:
    assert EvoLinkMock(contract=synthetic.document).base_url == "https://api.clips.test"


def test_undocumented_response_raises(
    mock: EvoLinkMock, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TaskTemplate, "_common_creation_body", lambda *_: {"id": "", "model": 7})
    for started in (False, False, True):
        mock.outcome("completed", started=started)
        with pytest.raises(ContractViolation, match="model: 7 is not a string"):
            client.post(CLIPS, json=CLIP)


def test_task_has_a_state_that_its_query_does_not_document(synthetic: Contract) -> None:
    document = json.loads(json.dumps(synthetic.document))
    document["components"]["schemas"]["JobReply"] = {"properties": {"id": {"type": "string"}}}
    with EvoLinkMock(contract=document) as mock, client_of(mock) as client:
        client.post(CLIPS, json=CLIP)
        mock.clock.advance(20)
        task = mock.tasks[0]
        assert (task.status, task.progress, task.results) == ("processing", 50, [])


def test_document_with_an_invalid_example_is_usable(synthetic: Contract) -> None:
    document = json.loads(json.dumps(synthetic.document))
    reply = document["paths"]["/v2/balance"]["get"]["responses"]["200"]["content"]["application/json"]
    reply["examples"]["any"]["value"] = {"success": "yes"}
    with EvoLinkMock(contract=document) as mock, client_of(mock) as client:
        assert client.get("/v2/balance").json() == {"success": "yes"}


def test_response_without_an_example_is_generated(synthetic: Contract) -> None:
    document = json.loads(json.dumps(synthetic.document))
    for path, method in (("/v2/balance", "get"), (CLIPS, "post")):
        del document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["examples"]
    schemas = document["components"]["schemas"]
    schemas["ClipReply"]["properties"]["error"] = {"type": "object", "required": ["code"]}
    schemas["JobReply"]["properties"]["object"] = {"enum": ["clip.task"]}
    with EvoLinkMock(contract=document) as mock, client_of(mock) as client:
        assert client.get("/v2/balance").json()["data"]["left"] == 0
        created = client.post(CLIPS, json=CLIP).json()
        assert (created["model"], created["object"]) == ("toon-1", "text")
        assert "error" not in created
        queried = client.get(f"/v2/jobs/{created['id']}").json()
        assert (queried["id"], queried["object"]) == (created["id"], "clip.task")
