"""Redocly's linter on the contract and on the documents that it is made from."""

import json
from pathlib import Path
from typing import Any

import pytest
from interop import _npm

OPENAPI = _npm.ROOT / "openapi"
CONTRACT = OPENAPI / "openapi.yaml"
VENDORED = sorted((OPENAPI / "vendor").glob("*.yaml"))
RULES = Path(__file__).with_name("redocly.yaml")
# What is published is kept as it is: the pipeline puts `nullable` of OpenAPI 3.0 into the form of 3.1.
PUBLISHED = "Property `nullable` is not expected here."


def problems(document: Path) -> list[dict[str, Any]]:
    done = _npm.run("@redocly/cli", "lint", "--config", str(RULES), "--format", "json", str(document))
    found: list[dict[str, Any]] = json.loads(done.stdout)["problems"]
    assert bool(found) == bool(done.returncode), done.stderr
    return found


def lines(found: list[dict[str, Any]]) -> list[str]:
    return [f"{one['ruleId']} {one['location'][0].get('pointer')}: {one['message']}" for one in found]


def test_the_contract_keeps_every_rule() -> None:
    assert lines(problems(CONTRACT)) == []


@pytest.mark.parametrize("document", VENDORED, ids=lambda path: path.stem)
def test_a_published_document_keeps_every_rule_but_for_known_quirks(document: Path) -> None:
    assert lines([one for one in problems(document) if one["message"] != PUBLISHED]) == []


def test_a_broken_document_is_found_out(tmp_path: Path) -> None:
    text = CONTRACT.read_text(encoding="utf-8")
    name = text.split("discriminator:")[0].rsplit("#/components/schemas/", 1)[1].split("'")[0]
    broken = tmp_path / "openapi.yaml"
    broken.write_text(text.replace(f"\n    {name}:\n", f"\n    {name}X:\n"), encoding="utf-8")
    assert {one["ruleId"] for one in problems(broken)} >= {"no-unresolved-refs"}
