"""The credits of the account."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._contract import index
from .._http import response, role_call

if TYPE_CHECKING:
    from .._contract.index import Role
    from .._http.client_base import BaseClient
    from .._http.response import APIResponse


@dataclass(frozen=True, slots=True)
class Credits:
    """The credits of the account, and of the API key.

    Attributes:
        remaining: What the account has left.
        used: What the account has spent.
        key_remaining: What is left of the limit of this key; None if it has no limit of its own.
        key_used: What was spent with this key.
        raw: The reply, complete.
    """

    remaining: float
    used: float | None
    key_remaining: float | None
    key_used: float | None
    raw: dict[str, Any] = field(repr=False)


async def retrieve_credits(client: BaseClient) -> Credits:
    """Query the credits."""
    role = index.contract().required_role("credits")
    call = role_call.call_of(role, client._config, {}, is_usable=functools.partial(_has_credits, role))
    reply = (await client._request(call)).json()
    is_unlimited = role.value(reply, "key_unlimited") is True
    return Credits(
        remaining=role.value(reply, "remaining"),
        used=_number(role, reply, "used"),
        key_remaining=None if is_unlimited else _number(role, reply, "key_remaining"),
        key_used=_number(role, reply, "key_used"),
        raw=reply,
    )


def _has_credits(role: Role, received: APIResponse) -> bool:
    return response.has_object(received) and _number(role, received.json(), "remaining") is not None


def _number(role: Role, reply: object, name: str) -> float | None:
    value = role.value(reply, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # No number of credits: whoever formats it as a float would fail.
    return value if abs(value) <= sys.float_info.max else None
