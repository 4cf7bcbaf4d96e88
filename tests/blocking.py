"""Fails tests in which ours, or what we call, blocks the event loop."""

from collections.abc import Iterator
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

# Code and data of packages are read once; and the mock makes its files.
_ALLOWED = {
    "importlib/_bootstrap_external.py": "get_data",
    "_contract/index.py": "_read",
    "evolink_mock/_tasks/results.py": "generate",
}


@pytest.fixture
def no_blocking() -> Iterator[Any]:
    """Fails a blocking call on the event loop."""
    with blockbuster_ctx("evolink") as detector:
        for function in detector.functions.values():
            for file, name in _ALLOWED.items():
                function.can_block_in(file, name)
        yield detector
