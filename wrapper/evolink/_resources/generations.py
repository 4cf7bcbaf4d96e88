"""What a client offers for one resource of the contract: create tasks, or create them and wait."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .._core import config
from .._core.errors import EvoLinkError
from .._http import request as requests
from .._http.io import run
from .._tasks.task import AsyncTask, Task
from .._tasks.waiter import DEFAULT_WAIT, TaskWaiter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx

    from .._contract.index import APIOperation
    from .._http.client_base import BaseClient
    from .._tasks.state import TaskT

_log = logging.getLogger("evolink")


class Generations:
    """`client.<resource>` of an `EvoLink`; type checkers see the generated overloads instead."""

    def __init__(self, client: BaseClient, operations: Sequence[APIOperation]) -> None:
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
            SubmitOutcomeUnknown: The API may have started the task; the request is not sent again.
            APIError: The API did not accept it.
        """
        return run(
            _create(
                self._client, Task, self._operations, request, params, key=idempotency_key, timeout=timeout
            )
        )

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
        return run(
            _generate(
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
        )


class AsyncGenerations:
    """`client.<resource>` of an `AsyncEvoLink`; type checkers see the generated overloads instead."""

    def __init__(self, client: BaseClient, operations: Sequence[APIOperation]) -> None:
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
        """As `Generations.create`."""
        return await _create(
            self._client, AsyncTask, self._operations, request, params, key=idempotency_key, timeout=timeout
        )

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
        """As `Generations.generate`; `on_update` may be a coroutine function."""
        return await _generate(
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


async def _create(
    client: BaseClient,
    kind: type[TaskT],
    operations: Sequence[APIOperation],
    request: object,
    params: Mapping[str, Any],
    *,
    key: str | None,
    timeout: float | httpx.Timeout | None = None,
    deadline: float | None = None,
) -> TaskT:
    body = requests.generation_body(request, params)
    operation = requests.operation_for(operations, body)
    response = await client._submit(operation, body, key=key, timeout=timeout, deadline=deadline)
    query = None if operation.generation is None else operation.generation["query"]
    return kind(client, response.json(), query=query, is_new=True)


async def _generate(
    client: BaseClient,
    kind: type[TaskT],
    operations: Sequence[APIOperation],
    request: object,
    params: Mapping[str, Any],
    *,
    key: str | None,
    timeout: float | None,
    poll_interval: float | None,
    on_update: Callable[[TaskT], object] | None,
) -> TaskT:
    io = client._io
    deadline = io.now() + config.check_seconds("timeout", timeout, DEFAULT_WAIT)
    task = await _create(client, kind, operations, request, params, key=key, deadline=deadline)
    waiter = TaskWaiter(client, task, timeout=max(deadline - io.now(), 0.0), poll_interval=poll_interval)
    try:
        if on_update is not None:
            await io.callback(on_update, task)
        await waiter.wait_until_done(on_update)
    except BaseException as error:
        if not isinstance(error, EvoLinkError):  # Ctrl-C, cancellation, an error in on_update
            error.add_note(f"the task goes on: client.tasks.get({task.id!r})")
            _log.warning("task %s goes on, but nobody waits for it any more", task.id)
        raise
    return task
