"""Lists that the API gives page by page."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from .._core import arguments, errors
from . import availability, response, role_call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._contract.index import Role
    from .client_base import BaseClient
    from .response import APIResponse

DEFAULT_LIMIT = 100


async def fetch_pages(
    client: BaseClient,
    role: Role,
    name: str,
    values: Mapping[str, Any],
    *,
    limit: int,
    identify: Callable[[dict[str, Any]], str | None],
    missing: str,
) -> list[dict[str, Any]]:
    """The objects of a list, from as few pages as are needed.

    The size of a page is the documented one: how many a page may have at most is not known.

    Args:
        client: Who asks.
        role: The role of the operation.
        name: The name of the list in the reply.
        values: The values of the request, by the names of the role.
        limit: How many objects at most.
        identify: Tells the id of an object; one without is left out.
        missing: What to do instead if the API does not offer the list.

    Raises:
        APIError: The API did not answer, or does not offer the list.
    """
    arguments.check_count("limit", limit, least=1)
    found: dict[str, dict[str, Any]] = {}
    is_usable = functools.partial(_has_list, role, name)
    has_pages = role.has_parameter("page")
    page = 1
    while len(found) < limit:
        asked = {**values, "page": page} if has_pages else values
        call = role_call.call_of(role, client._config, asked, is_usable=is_usable)
        try:
            reply = (await client._request(call)).json()
        except errors.APIError as error:
            if error.status in availability.REFUSALS:
                error._advise(missing)
            raise
        before = len(found)
        for item in role.items(reply, name) or ():
            # A list that grows meanwhile shows some of its objects twice.
            if (known_as := identify(item)) is not None:
                found.setdefault(known_as, item)
        total = role.value(reply, "total")
        if not has_pages or len(found) == before or (isinstance(total, int) and len(found) >= total):
            break
        page += 1
    return list(found.values())[:limit]


def _has_list(role: Role, name: str, received: APIResponse) -> bool:
    return response.has_object(received) and role.items(received.json(), name) is not None
