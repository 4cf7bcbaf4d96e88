"""Schemathesis, which generates thousands of requests from a contract, finds no failure of the mock."""

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from mock_process import serving

from . import _schemathesis
from ._schemathesis import FORMS, Result, Tree, adapt, links, operations, outcome_commands
from .conftest import CONTRACT, KEY


@pytest.fixture(params=["committed", "synthetic_contract"])
def contract(request: pytest.FixtureRequest) -> Path:
    return CONTRACT if request.param == "committed" else request.getfixturevalue("synthetic_contract")


@pytest.fixture
def run(contract: Path, tmp_path: Path) -> Iterator[Callable[..., Result]]:
    with serving("--contract", str(contract), "--api-key", KEY, "--credits", "1e12") as (_, base_url):
        with httpx.Client(base_url=base_url, trust_env=False) as client:
            for command in outcome_commands():
                client.post("/_mock/outcomes", json=command).raise_for_status()

        def run(tree: Tree, *, examples: int) -> Result:
            return _schemathesis.run(tree, base_url, KEY, tmp_path, examples=examples)

        yield run


def test_no_failure_and_every_link_followed(contract: Path, run: Callable[..., Result]) -> None:
    tree = adapt(yaml.safe_load(contract.read_text(encoding="utf-8")))
    result = run(tree, examples=int(os.environ.get("INTEROP_EXAMPLES", "100")))
    assert result.code == 0, result.text
    assert result.failures == set()
    assert result.summary["errors"] == []
    assert result.summary["warnings"]["missing_auth"] == []
    assert result.summary["operations"]["tested"] == len(list(operations(tree)))
    assert result.phases == dict.fromkeys(_schemathesis.PHASES, "success")
    assert result.followed.keys() == links(tree)
    # A link that is followed a few times does not find every state.
    assert {"processing", "completed", "failed"} <= set().union(*result.followed.values())


def _change_reply_type(tree: Tree) -> None:
    for _, _, operation in operations(tree):
        for reply in operation["responses"].values():
            for media in reply.get("content", {}).values():
                media["schema"] = {"type": "boolean"}


def _remove_status(tree: Tree) -> None:
    for _, _, operation in operations(tree):
        operation["responses"].pop("400", None)


def _narrow_request(tree: Tree) -> None:
    for schema in tree["components"]["schemas"].values():
        for prop in schema.get("properties", {}).values():
            if "maxLength" in prop:
                prop["maxLength"] = 1


def _widen_request(tree: Tree) -> None:
    for schema in tree["components"]["schemas"].values():
        for prop in schema.get("properties", {}).values():
            if {"enum", "x-evolink-default"} <= prop.keys():
                del prop["enum"]


@pytest.mark.parametrize("contract", ["committed"], indirect=True)
@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (_change_reply_type, "JsonSchemaError"),
        (_remove_status, "UndefinedStatusCode"),
        (_narrow_request, "AcceptedNegativeData"),
        (_widen_request, "RejectedPositiveData"),
    ],
)
def test_changed_contract_is_reported(
    contract: Path, run: Callable[..., Result], change: Callable[[Tree], None], failure: str
) -> None:
    tree = copy.deepcopy(adapt(yaml.safe_load(contract.read_text(encoding="utf-8"))))
    change(tree)
    result = run(tree, examples=5)
    assert result.code == 1
    assert failure in result.failures


@pytest.mark.parametrize("contract", ["committed"], indirect=True)
def test_only_lenient_schemas_are_adapted(contract: Path) -> None:
    tree = yaml.safe_load(contract.read_text(encoding="utf-8"))
    adapted = adapt(tree)
    for path, method, operation in operations(tree):
        other = adapted["paths"][path][method]
        is_form = FORMS & operation.get("requestBody", {}).get("content", {}).keys()
        kept = {"responses", "requestBody"} if is_form else {"responses"}
        assert {**other, **{name: operation[name] for name in kept}} == operation
        assert other["responses"].items() >= operation["responses"].items()
    changed = {
        name
        for name, schema in tree["components"]["schemas"].items()
        if schema != adapted["components"]["schemas"][name]
    }
    lenient = {
        name for name, schema in tree["components"]["schemas"].items() if "x-evolink-lenient" in str(schema)
    }
    assert changed == lenient != set()
