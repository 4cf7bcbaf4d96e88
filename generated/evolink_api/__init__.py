# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""The API as its documents describe it: plain functions and classes over httpx."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # httpx is loaded by who makes a client, not by who reads the contract or checks a request.
    value = getattr(_import_module(".client", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
