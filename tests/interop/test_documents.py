"""Every document is OpenAPI by the rules of the standard, and so is what is made of them all."""

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
def test_it_keeps_to_the_standard(path: Path) -> None:
    validate(read(path))


def test_the_contract_keeps_to_it_whatever_the_documents_bring(grown: Path) -> None:
    tree = read(grown)
    assert len(tree["paths"]) > 2 * len(read(CONTRACT)["paths"])
    validate(tree)


def test_what_does_not_keep_to_it_is_seen(grown: Path) -> None:
    tree = read(grown)
    item = next(item for path, item in tree["paths"].items() if "{" in path)
    next(iter(item.values()))["parameters"] = []
    with pytest.raises(OpenAPIValidationError, match="was not resolved"):
        validate(tree)
