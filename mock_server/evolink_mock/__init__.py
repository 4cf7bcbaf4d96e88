"""An offline mock of the API: in-process for tests, over HTTP for everything else.

    from evolink_mock import EvoLinkMock

    with EvoLinkMock() as mock:
        ...                         # any httpx code, `evolink` or not
        assert mock.ledger.charged == 7

In pytest the fixture `evolink_mock` does the same; `evolink-mock serve` runs it as a server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evolink_mock._clock import RealClock, VirtualClock
    from evolink_mock._contract import Contract, ContractError
    from evolink_mock._engine import Engine
    from evolink_mock._errors import ContractBreach
    from evolink_mock._messages import Request, Response
    from evolink_mock._mock import EvoLinkMock

__all__ = [
    "Contract",
    "ContractBreach",
    "ContractError",
    "Engine",
    "EvoLinkMock",
    "RealClock",
    "Request",
    "Response",
    "VirtualClock",
]

# pytest loads the plugin of this package in every run: nothing is imported before it is asked for.
_HOMES = {
    "Contract": "_contract",
    "ContractBreach": "_errors",
    "ContractError": "_contract",
    "Engine": "_engine",
    "EvoLinkMock": "_mock",
    "RealClock": "_clock",
    "Request": "_messages",
    "Response": "_messages",
    "VirtualClock": "_clock",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
