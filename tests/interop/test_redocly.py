"""Redocly's linter accepts the contract and the documents that it is made from."""

import json
from pathlib import Path
from typing import Any

import pytest
from document_tree import ROOT
from interop import _npm
from interop.conftest import CONTRACT

VENDORED = sorted((ROOT / "openapi" / "vendor").glob("*.yaml"))
RULES = Path(__file__).with_name("redocly.yaml")
# Published documents are stored unchanged; the pipeline converts `nullable` of OpenAPI 3.0 to 3.1.
KNOWN_PROBLEM = "Property `nullable` is not expected here."


def problems(document: Path) -> list[dict[str, Any]]:
    done = _npm.run("@redocly/cli", "lint", "--config", str(RULES), "--format", "json", str(document))
    found: list[dict[str, Any]] = json.loads(done.stdout)["problems"]
    assert bool(found) == bool(done.returncode), done.stderr
    return found


def lines(found: list[dict[str, Any]]) -> list[str]:
    return [f"{one['ruleId']} {one['location'][0].get('pointer')}: {one['message']}" for one in found]


def test_contract_passes_lint() -> None:
    assert lines(problems(CONTRACT)) == []


@pytest.mark.parametrize("document", VENDORED, ids=lambda path: path.stem)
def test_published_document_passes_lint(document: Path) -> None:
    assert lines([one for one in problems(document) if one["message"] != KNOWN_PROBLEM]) == []


def test_broken_document_is_reported(tmp_path: Path) -> None:
    text = CONTRACT.read_text(encoding="utf-8")
    name = text.split("discriminator:")[0].rsplit("#/components/schemas/", 1)[1].split("'")[0]
    broken = tmp_path / "openapi.yaml"
    broken.write_text(text.replace(f"\n    {name}:\n", f"\n    {name}X:\n"), encoding="utf-8")
    assert {one["ruleId"] for one in problems(broken)} >= {"no-unresolved-refs"}
