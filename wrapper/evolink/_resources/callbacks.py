"""What the API sends to a `callback_url`: reading it, and checking it with the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .._core import errors
from .._http.io import run
from .._http.response import is_task
from .._tasks.task import AsyncTask, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._http.client_base import BaseClient
    from .._tasks.state import TaskT

# Far more than any task; a receiver is open to everyone.
_LONGEST_BODY = 1_000_000


class Callbacks:
    """Reads callbacks, as `client.callbacks`. The API does not sign them, so `verify` queries the task."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def parse(self, body: bytes | str | Mapping[str, Any]) -> Task:
        """Read the body of a delivery. Anyone could have sent it.

        Raises:
            CallbackInvalid: It is not a task.
        """
        return Task(self._client, _parse(body))

    def verify(
        self,
        body: bytes | str | Mapping[str, Any],
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> Task:
        """Query the task of a delivery; of the body, only the id is used.

        Args:
            body: As it was delivered.
            extra_headers: Headers for the request; they replace those of the client.
            extra_query: Query parameters for the request.

        Returns:
            The task as the API knows it, which may differ from what the body claims.

        Raises:
            CallbackInvalid: It is not a task, or the API knows no such task of this key.
            APIError: The API did not answer as it should.
        """
        sender = self._client._with_extras(extra_headers, extra_query)
        return run(_verify(self._client, Task, body, sender))


class AsyncCallbacks:
    """As `Callbacks`, awaited; `client.callbacks` of an `AsyncEvoLink`."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def parse(self, body: bytes | str | Mapping[str, Any]) -> AsyncTask:
        """As `Callbacks.parse`; nothing to await."""
        return AsyncTask(self._client, _parse(body))

    async def verify(
        self,
        body: bytes | str | Mapping[str, Any],
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> AsyncTask:
        """As `Callbacks.verify`."""
        sender = self._client._with_extras(extra_headers, extra_query)
        return await _verify(self._client, AsyncTask, body, sender)


def _parse(body: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    value: Any = body
    if isinstance(body, (bytes, bytearray, str)):
        if len(body) > _LONGEST_BODY:
            raise errors.CallbackInvalid(f"the body has {len(body)} bytes, more than any task")
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = None
    if not is_task(value):
        raise errors.CallbackInvalid("the body is not a task")
    return dict(value)


async def _verify(
    client: BaseClient, kind: type[TaskT], body: bytes | str | Mapping[str, Any], sender: BaseClient
) -> TaskT:
    claimed = _parse(body)["id"]
    try:
        response = await sender._retrieve(claimed, None)
    except (errors.InvalidRequest, errors.BadRequest, errors.NotFound, errors.PermissionDenied) as error:
        refusal = error
    else:
        return kind(client, response.json(), request_id=client._request_id(response))
    raise errors.CallbackInvalid(
        f"the API knows no task {claimed[:100]!r}",
        status=refusal.status,
        code=refusal.code,
        request_id=refusal.request_id,
    )
