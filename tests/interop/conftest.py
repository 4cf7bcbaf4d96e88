"""The mock as a process of its own, for judges that know nothing of this project but its contract.

These tests need tools that the others do without, so a plain `pytest` passes this folder by: run it by name.
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
    """Where the mock answers, which key it takes, and the contract that it answers by."""

    base_url: str
    key: str
    contract: Path


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    options = ("--contract", str(CONTRACT), "--api-key", KEY, "--credits", "1e12")
    with serving(*options) as (_, base_url):
        yield Served(base_url, KEY, CONTRACT)


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contract after documents that nobody has seen were vendored too."""
    folder = tmp_path_factory.mktemp("grown")
    vendor_into(folder)
    return folder / "openapi" / "openapi.yaml"
