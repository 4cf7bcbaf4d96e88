"""Operations that the API does not have for everybody: what it once refused is not tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .._core import overrides

if TYPE_CHECKING:
    from .._contract.index import APIOperation
    from .client_base import BaseClient

# Statuses by which the API says that it has no such operation, or not for this account.
REFUSALS = frozenset({403, 404, 405, 501})

# A client of the caller's own may lead anywhere, so what is known of it holds for it alone.
_known_of_callers: WeakKeyDictionary[Any, set[int]] = WeakKeyDictionary()


def is_missing(client: BaseClient, operation: APIOperation) -> bool:
    """Whether the API has refused an operation to this account before, in this process."""
    return _key(client, operation) in _known(client)


def note_missing(client: BaseClient, operation: APIOperation) -> None:
    """Remember that the API has refused an operation."""
    _known(client).add(_key(client, operation))


def _known(client: BaseClient) -> set[int]:
    if client._config.has_own_http:
        return overrides.current().missing
    return _known_of_callers.setdefault(client._io.http, set())


def _key(client: BaseClient, operation: APIOperation) -> int:
    # A hash: the API key must not show wherever this is printed.
    return hash((client._config.base_url, client._config.api_key, operation.id))
