"""Contracts of all kinds, read as data. What is shipped has its own tests, made from it: `tests/contract`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from evolink_mock import Contract, ContractError, ContractViolation, EvoLinkMock
from evolink_mock._contract.contract import NoRoute
from evolink_mock._tasks.task import TaskTemplate

from .conftest import CLIP, CLIPS, INVENTED, TLS

if TYPE_CHECKING:
    from pathlib import Path


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
    monkeypatch.setattr(TaskTemplate, "creation_body", lambda *_: {"id": 7})
    with pytest.raises(ContractViolation, match="id: 7 is not a string"):
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
