"""What the API sends to a `callback_url`, read and made sure of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .._core import errors as _errors
from .._http.io import arun, run
from .._tasks.state import looks_like_task
from .._tasks.task import AsyncTask, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._http.client_base import BaseClient
    from .._tasks.state import TaskT
    from .._client import AsyncEvoLink, EvoLink

# Far more than any task; a receiver is open to everyone.
_LONGEST = 1_000_000


class Callbacks:
    """`client.callbacks`. The API signs nothing: `parse` reads, `verify` believes only the API itself."""

    def __init__(self, client: EvoLink) -> None:
        self._client = client

    def parse(self, body: bytes | str | Mapping[str, Any]) -> Task:
        """Read the body of a delivery. Anyone could have sent it.

        Raises:
            CallbackInvalid: It shows no task.
        """
        return Task(self._client, _parsed(body), query=None)

    def verify(self, body: bytes | str | Mapping[str, Any]) -> Task:
        """Ask the API for the task that a delivery speaks of; of the body, only the id is used.

        Returns:
            The task as the API knows it, which may differ from what the body claims.

        Raises:
            CallbackInvalid: It shows no task, or the API knows no such task of this key.
            APIError: The API could not be asked.
        """
        return run(_verified(self._client, Task, body), self._client._io)


class AsyncCallbacks:
    """`client.callbacks` of an `AsyncEvoLink`."""

    def __init__(self, client: AsyncEvoLink) -> None:
        self._client = client

    def parse(self, body: bytes | str | Mapping[str, Any]) -> AsyncTask:
        """As `Callbacks.parse`; nothing to await."""
        return AsyncTask(self._client, _parsed(body), query=None)

    async def verify(self, body: bytes | str | Mapping[str, Any]) -> AsyncTask:
        """As `Callbacks.verify`."""
        return await arun(_verified(self._client, AsyncTask, body), self._client._io)


def _parsed(body: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    value: Any = body
    if isinstance(body, (bytes, bytearray, str)):
        if len(body) > _LONGEST:
            raise _errors.CallbackInvalid(f"the body has {len(body)} bytes, more than any task")
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = None
    if not looks_like_task(value):
        raise _errors.CallbackInvalid("the body shows no task")
    return dict(value)


async def _verified(
    client: BaseClient[Any], kind: type[TaskT], body: bytes | str | Mapping[str, Any]
) -> TaskT:
    claimed = _parsed(body)["id"]
    try:
        reply = await client._fetched(claimed, None)
    except (_errors.InvalidRequest, _errors.BadRequest, _errors.NotFound, _errors.PermissionDenied) as error:
        fault = error
    else:
        return kind(client, reply.json(), query=None)
    raise _errors.CallbackInvalid(
        f"the API knows no task {claimed[:100]!r}",
        status=fault.status,
        code=fault.code,
        request_id=fault.request_id,
    )
