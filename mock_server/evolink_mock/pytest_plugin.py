"""The pytest fixtures `evolink_mock` and `evolink_mock_server`. Only their use imports the mock."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from . import EvoLinkMock

_MOCK = pytest.StashKey["EvoLinkMock"]()
_MOST_REQUESTS = 20  # that are listed


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
        "evolink_mock(*, allow_unused=False, **options): options of EvoLinkMock for the fixtures, such as "
        "credits=5; allow_unused: faults and outcomes that nothing meets do not fail the test; "
        "scenario: a file beside the test or in the root folder",
    )
    fail_under = config.getoption("--evolink-coverage-fail-under")
    path = config.getoption("--evolink-coverage-json")
    if config.getoption("--evolink-coverage") or fail_under is not None or path is not None:
        from ._adapters.pytest_coverage import CoverageRun  # noqa: PLC0415 - seldom needed

        if path is not None and not Path(path).absolute().parent.is_dir():
            raise pytest.UsageError(f"--evolink-coverage-json={path}: the folder does not exist")

        config.pluginmanager.register(CoverageRun(config, fail_under, path), "evolink_coverage")


@pytest.fixture
def evolink_mock(request: pytest.FixtureRequest) -> Iterator[EvoLinkMock]:
    """The whole API in the process, on virtual time, for one test."""
    with _make_mock(request) as mock:
        yield mock


@pytest.fixture
def evolink_mock_server(request: pytest.FixtureRequest) -> Iterator[EvoLinkMock]:
    """The whole API on a free port of loopback, for subprocesses and other languages.

    Its `base_url` is in `EVOLINK_BASE_URL`, a valid key in `EVOLINK_API_KEY`. In a test that uses
    `evolink_mock` too, both are the same mock.
    """
    is_shared = "evolink_mock" in request.fixturenames
    mock = request.getfixturevalue("evolink_mock") if is_shared else _make_mock(request)
    with mock.serve():
        yield mock


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that has passed without meeting its faults and outcomes."""
    result = yield
    mock = item.stash.get(_MOCK, None)
    if mock is not None and mock.unmet and not _options(item).get("allow_unused", False):
        pytest.fail(_unmet_message(mock), pytrace=False)
    return result


def _make_mock(request: pytest.FixtureRequest) -> EvoLinkMock:
    from . import EvoLinkMock  # noqa: PLC0415 - only tests that use it need it

    options = {name: value for name, value in _options(request.node).items() if name != "allow_unused"}
    scenario = options.get("scenario")
    if isinstance(scenario, str):
        beside = request.node.path.parent / scenario
        options["scenario"] = beside if beside.exists() else request.config.rootpath / scenario
    mock = request.node.stash[_MOCK] = EvoLinkMock(**options)
    return mock


def _options(item: pytest.Item) -> Mapping[str, Any]:
    """What the markers of a test, its class and its module say; the one that is nearest comes first."""
    options: dict[str, Any] = {}
    for marker in item.iter_markers("evolink_mock"):
        if marker.args:
            raise TypeError("the marker evolink_mock takes its options by name, such as credits=5")
        options = {**marker.kwargs, **options}
    return options


def _unmet_message(mock: EvoLinkMock) -> str:
    requests = [repr(one) for one in mock.requests[-_MOST_REQUESTS:]]
    return "\n  ".join(
        [
            "nothing has met what was set in evolink_mock:",
            *mock.unmet,
            f"{len(mock.requests)} requests came{':' if requests else ''}",
            *requests,
            "If this is meant: @pytest.mark.evolink_mock(allow_unused=True)",
        ]
    )


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage, which is a number from 0 to 100")
    return value
