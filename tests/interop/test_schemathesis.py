"""Schemathesis, which makes thousands of requests of a contract, finds nothing wrong with the mock."""

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from mock_process import serving

from . import _schemathesis
from ._schemathesis import Tree, Verdict, batches, judged, links, operations
from .conftest import CONTRACT, KEY


@pytest.fixture(params=["committed", "grown"])
def contract(request: pytest.FixtureRequest) -> Path:
    return CONTRACT if request.param == "committed" else request.getfixturevalue("grown")


@pytest.fixture
def judge(contract: Path, tmp_path: Path) -> Iterator[Callable[..., Verdict]]:
    with serving("--contract", str(contract), "--api-key", KEY, "--credits", "1e12") as (_, base_url):
        with httpx.Client(base_url=base_url, trust_env=False) as client:
            for batch in batches():
                client.post("/_mock/outcomes", json=batch).raise_for_status()

        def judge(tree: Tree, *, examples: int) -> Verdict:
            return _schemathesis.judge(tree, base_url, KEY, tmp_path, examples=examples)

        yield judge


def test_it_finds_no_failure_and_follows_every_link(contract: Path, judge: Callable[..., Verdict]) -> None:
    tree = judged(yaml.safe_load(contract.read_text(encoding="utf-8")))
    verdict = judge(tree, examples=int(os.environ.get("ORACLE_EXAMPLES", "100")))
    assert verdict.code == 0, verdict.text
    assert verdict.failures == set()
    assert verdict.summary["errors"] == []
    assert verdict.summary["warnings"]["missing_auth"] == []
    assert verdict.summary["operations"]["tested"] == len(list(operations(tree)))
    assert verdict.phases == dict.fromkeys(_schemathesis.PHASES, "success")
    assert verdict.followed.keys() == links(tree)
    for states in verdict.followed.values():
        assert {"processing", "completed", "failed"} <= states.keys()


def _reply_retyped(tree: Tree) -> None:
    for _, _, operation in operations(tree):
        for reply in operation["responses"].values():
            for media in reply.get("content", {}).values():
                media["schema"] = {"type": "boolean"}


def _status_forgotten(tree: Tree) -> None:
    for _, _, operation in operations(tree):
        operation["responses"].pop("400", None)


def _request_narrowed(tree: Tree) -> None:
    for schema in tree["components"]["schemas"].values():
        for prop in schema.get("properties", {}).values():
            if "maxLength" in prop:
                prop["maxLength"] = 1


def _request_widened(tree: Tree) -> None:
    for schema in tree["components"]["schemas"].values():
        for prop in schema.get("properties", {}).values():
            if {"enum", "x-evolink-default"} <= prop.keys():
                del prop["enum"]


@pytest.mark.parametrize("contract", ["committed"], indirect=True)
@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (_reply_retyped, "JsonSchemaError"),
        (_status_forgotten, "UndefinedStatusCode"),
        (_request_narrowed, "AcceptedNegativeData"),
        (_request_widened, "RejectedPositiveData"),
    ],
)
def test_it_sees_where_mock_and_contract_differ(
    contract: Path, judge: Callable[..., Verdict], change: Callable[[Tree], None], failure: str
) -> None:
    tree = copy.deepcopy(judged(yaml.safe_load(contract.read_text(encoding="utf-8"))))
    change(tree)
    verdict = judge(tree, examples=5)
    assert verdict.code == 1
    assert failure in verdict.failures


@pytest.mark.parametrize("contract", ["committed"], indirect=True)
def test_what_it_is_told_beside_the_committed_contract_is_what_the_contract_forgives(contract: Path) -> None:
    tree = yaml.safe_load(contract.read_text(encoding="utf-8"))
    told = judged(tree)
    assert told["paths"] == tree["paths"]
    changed = {
        name
        for name, schema in tree["components"]["schemas"].items()
        if schema != told["components"]["schemas"][name]
    }
    forgiving = {
        name for name, schema in tree["components"]["schemas"].items() if "x-evolink-lenient" in str(schema)
    }
    assert changed == forgiving != set()
