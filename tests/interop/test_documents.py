"""Every document and the merged contract are valid OpenAPI, as openapi-spec-validator checks it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from document_tree import ROOT
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from .conftest import CONTRACT

VENDORED = sorted((ROOT / "openapi" / "vendor").glob("*.yaml"))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*VENDORED, CONTRACT], ids=lambda path: path.stem)
def test_document_follows_openapi(path: Path) -> None:
    validate(read(path))


def test_contract_of_synthetic_documents_follows_openapi(synthetic_contract: Path) -> None:
    tree = read(synthetic_contract)
    assert len(tree["paths"]) > 1.5 * len(read(CONTRACT)["paths"])
    validate(tree)


def test_invalid_contract_is_reported(synthetic_contract: Path) -> None:
    tree = read(synthetic_contract)
    item = next(item for path, item in tree["paths"].items() if "{" in path)
    next(iter(item.values()))["parameters"] = []
    with pytest.raises(OpenAPIValidationError, match="was not resolved"):
        validate(tree)
