"""The pytest fixture `evolink_mock`. Only its use imports the mock."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from . import EvoLinkMock


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("evolink")
    group.addoption(
        "--evolink-coverage",
        action="store_true",
        help="report at the end how much of the API's contract the tests have used through the mock",
    )
    group.addoption(
        "--evolink-coverage-fail-under",
        type=_percent,
        metavar="PERCENT",
        help="the same, and fail the run below this percentage of the contract",
    )
    group.addoption("--evolink-coverage-json", metavar="FILE", help="the same, and write it to a file")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker, and measure coverage if an option asks for it."""
    config.addinivalue_line(
        "markers",
        "evolink_mock(**options): options of EvoLinkMock for the fixture, such as credits=5",
    )
    fail_under = config.getoption("--evolink-coverage-fail-under")
    path = config.getoption("--evolink-coverage-json")
    if config.getoption("--evolink-coverage") or fail_under is not None or path is not None:
        from ._adapters.pytest_coverage import CoverageRun  # noqa: PLC0415 - seldom needed

        config.pluginmanager.register(CoverageRun(config, fail_under, path), "evolink_coverage")


@pytest.fixture
def evolink_mock(request: pytest.FixtureRequest) -> Iterator[EvoLinkMock]:
    """The whole API in the process, on virtual time, for one test."""
    from . import EvoLinkMock  # noqa: PLC0415 - only tests that use it need it

    marker = request.node.get_closest_marker("evolink_mock")
    with EvoLinkMock(**(marker.kwargs if marker is not None else {})) as mock:
        yield mock


def _percent(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is no percentage")
    return value
