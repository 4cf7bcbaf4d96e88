"""The pytest fixture `evolink_mock`. Loading this costs nothing; using the fixture loads the mock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evolink_mock import EvoLinkMock


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "evolink_mock(**options): options of EvoLinkMock for the fixture, such as credits=5",
    )


@pytest.fixture
def evolink_mock(request: pytest.FixtureRequest) -> Iterator[EvoLinkMock]:
    """The whole API in the process, on virtual time, for one test."""
    from evolink_mock import EvoLinkMock  # noqa: PLC0415 - only tests that use it pay for it

    marker = request.node.get_closest_marker("evolink_mock")
    with EvoLinkMock(**(marker.kwargs if marker is not None else {})) as mock:
        yield mock
