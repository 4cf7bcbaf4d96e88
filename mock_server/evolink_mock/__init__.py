"""An offline mock of the API: in the process for tests, over HTTP for everything else.

    from evolink_mock import EvoLinkMock

    with EvoLinkMock() as mock:
        ...                         # any code with httpx, requests or aiohttp, `evolink` or not
        assert mock.ledger.charged == 7

In pytest the fixture `evolink_mock` does the same, and `evolink_mock_server` serves it over HTTP for a test;
`evolink-mock serve` runs it as a server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._clock.clock import RealClock, VirtualClock
    from ._contract.contract import Contract, ContractError
    from ._contract.operation import ContractBreach, ContractViolation
    from ._engine.engine import Engine
    from ._http.messages import Request, Response
    from .mock import EvoLinkMock

__all__ = [
    "Contract",
    "ContractBreach",
    "ContractError",
    "ContractViolation",
    "Engine",
    "EvoLinkMock",
    "RealClock",
    "Request",
    "Response",
    "VirtualClock",
]

# pytest loads the plugin of this package in every run, so nothing is imported before it is used.
_MODULES = {
    "Contract": "_contract.contract",
    "ContractBreach": "_contract.operation",
    "ContractError": "_contract.contract",
    "ContractViolation": "_contract.operation",
    "Engine": "_engine.engine",
    "EvoLinkMock": "mock",
    "RealClock": "_clock.clock",
    "Request": "_http.messages",
    "Response": "_http.messages",
    "VirtualClock": "_clock.clock",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
