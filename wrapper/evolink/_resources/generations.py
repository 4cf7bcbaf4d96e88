"""What a client offers for one resource of the contract: make tasks, and make them and wait."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .._core import config as _arguments
from .._core.errors import EvoLinkError
from .._http import request as _requests
from .._http.io import Notify, arun, run
from .._tasks.task import AsyncTask, Task
from .._tasks.waiter import DEFAULT_WAIT, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx

    from .._contract.index import Operation
    from .._http.client_base import BaseClient
    from .._tasks.state import TaskT
    from .._client import AsyncEvoLink, EvoLink

_log = logging.getLogger("evolink")


class Resource:
    """`client.<resource>` of an `EvoLink`; type checkers see the generated overloads instead."""

    def __init__(self, client: EvoLink, operations: Sequence[Operation]) -> None:
        self._client = client
        self._operations = operations

    def create(
        self,
        request: object = None,
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        **params: Any,
    ) -> Task:
        """Submit a task; it costs credits.

        Args:
            request: A generated request object, in place of keywords.
            timeout: Of the request, in seconds or as an `httpx.Timeout`.
            idempotency_key: 16 to 96 characters of A-Z, a-z, 0-9, ".", "_" and "-"; made anew if None.
            params: The documented parameters.

        Raises:
            InvalidRequest: The parameters break the contract; nothing was sent.
            SubmitOutcomeUnknown: The task may have been taken; it is not sent again.
            APIError: The API did not take it.
        """
        flow = _create(
            self._client, Task, self._operations, request, params, key=idempotency_key, timeout=timeout
        )
        return run(flow, self._client._io)

    def generate(
        self,
        request: object = None,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[Task], object] | None = None,
        **params: Any,
    ) -> Task:
        """Submit a task and wait until it is completed.

        Args:
            request: As for `create`.
            timeout: Seconds for submission and wait together, as for `Task.wait`.
            idempotency_key: As for `create`.
            poll_interval: As for `Task.wait`.
            on_update: Called with the task as soon as there is one, then as for `Task.wait`.
            params: As for `create`.

        Raises:
            EvoLinkError: As `create` and `Task.wait`.
        """
        flow = _generate(
            self._client,
            Task,
            self._operations,
            request,
            params,
            key=idempotency_key,
            timeout=timeout,
            poll_interval=poll_interval,
            on_update=on_update,
        )
        return run(flow, self._client._io)


class AsyncResource:
    """`client.<resource>` of an `AsyncEvoLink`; type checkers see the generated overloads instead."""

    def __init__(self, client: AsyncEvoLink, operations: Sequence[Operation]) -> None:
        self._client = client
        self._operations = operations

    async def create(
        self,
        request: object = None,
        /,
        *,
        timeout: float | httpx.Timeout | None = None,
        idempotency_key: str | None = None,
        **params: Any,
    ) -> AsyncTask:
        """As `Resource.create`."""
        flow = _create(
            self._client, AsyncTask, self._operations, request, params, key=idempotency_key, timeout=timeout
        )
        return await arun(flow, self._client._io)

    async def generate(
        self,
        request: object = None,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        poll_interval: float | None = None,
        on_update: Callable[[AsyncTask], object] | None = None,
        **params: Any,
    ) -> AsyncTask:
        """As `Resource.generate`; `on_update` may be a coroutine function."""
        flow = _generate(
            self._client,
            AsyncTask,
            self._operations,
            request,
            params,
            key=idempotency_key,
            timeout=timeout,
            poll_interval=poll_interval,
            on_update=on_update,
        )
        return await arun(flow, self._client._io)


async def _create(
    client: BaseClient[Any],
    kind: type[TaskT],
    operations: Sequence[Operation],
    request: object,
    params: Mapping[str, Any],
    *,
    key: str | None,
    timeout: float | httpx.Timeout | None = None,
    deadline: float | None = None,
) -> TaskT:
    body = _requests.job_body(request, params)
    operation = _requests.operation_for(operations, body)
    reply = await client._submitted(operation, body, key=key, timeout=timeout, deadline=deadline)
    query = operation.generation["query"] if operation.generation is not None else None
    return kind(client, reply.json(), query=query, fresh=True)


async def _generate(
    client: BaseClient[Any],
    kind: type[TaskT],
    operations: Sequence[Operation],
    request: object,
    params: Mapping[str, Any],
    *,
    key: str | None,
    timeout: float | None,
    poll_interval: float | None,
    on_update: Callable[[TaskT], object] | None,
) -> TaskT:
    deadline = client._io.clock.now() + _arguments.seconds("timeout", timeout, DEFAULT_WAIT)
    task = await _create(client, kind, operations, request, params, key=key, deadline=deadline)
    left = max(deadline - client._io.clock.now(), 0.0)
    watch = Watch(client, task, timeout=left, poll_interval=poll_interval)
    try:
        if on_update is not None:
            await Notify(on_update, task)
        await watch.end(on_update)
    except BaseException as error:
        if not isinstance(error, EvoLinkError):  # Ctrl-C, cancellation, a fault in on_update
            error.add_note(f"the task goes on: client.tasks.get({task.id!r})")
            _log.warning("task %s goes on, but nobody waits for it any more", task.id)
        raise
    return task
