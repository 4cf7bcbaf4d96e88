"""The mock in its own process, for third-party tools that know only its contract.

These tests need further tools, so a plain `pytest` skips this folder: run it by name.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from document_tree import ROOT, vendor_into
from mock_process import serving

CONTRACT = ROOT / "openapi" / "openapi.yaml"
KEY = "evolink-mock-key"


class Served(NamedTuple):
    """The address of the mock, its key and its contract."""

    base_url: str
    key: str
    contract: Path


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    options = ("--contract", str(CONTRACT), "--api-key", KEY, "--credits", "1e12")
    with serving(*options) as (_, base_url):
        yield Served(base_url, KEY, CONTRACT)


@pytest.fixture(scope="session")
def synthetic_contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contract with the synthetic documents vendored too."""
    folder = tmp_path_factory.mktemp("synthetic")
    vendor_into(folder)
    return folder / "openapi" / "openapi.yaml"
