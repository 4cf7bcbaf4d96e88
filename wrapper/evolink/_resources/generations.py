"""What a client offers for one resource of the contract: create tasks, or create them and wait."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evolink_api import media_types
from evolink_api.local_files import File

from .._contract import index
from .._core import arguments, config, extras, overrides
from .._core.recovery import Recovery
from .._http import bodies, validation
from .._http.bodies import RequestBody
from .._http.io import run
from .._http.request import APICall, idempotency_key
from .._tasks.task import AsyncTask, Task
from .._tasks.waiter import DEFAULT_WAIT, TaskWaiter, check_wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx
    import httpx2

    from .._contract.index import APIOperation
    from .._http.client_base import BaseClient
    from .._tasks.state import TaskT
    from .._uploads.inputs import LocalFiles


class Generations:
    """Creates tasks, as `client.videos` and so on. Type checkers see the generated signatures instead."""

    def __init__(self, client: BaseClient, operations: Sequence[APIOperation]) -> None:
        self._client = client
        self._operations = operations

    def create(
        self,
        request: object = None,
        /,
        *,
        timeout: float | httpx.Timeout | httpx2.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> Task:
        """Submit a task; it costs credits.

        Args:
            request: The body as a mapping, which keywords may add to, or a generated request object.
            timeout: The timeout of the request, in seconds or as an `httpx.Timeout`.
            idempotency_key: 16 to 96 characters of A-Z, a-z, 0-9, ".", "_" and "-"; generated if None.
            extra_headers: Headers for the requests of this call; they replace those of the client.
            extra_query: Query parameters for the requests of this call.
            extra_body: Fields for the body that are not checked; they replace those of the same names.
            params: The documented parameters.

        Raises:
            InvalidRequest: The parameters break the contract; nothing was sent.
            SubmitOutcomeUnknown: The API may have started the task; the request is not sent again.
            APIError: The API did not accept it.
        """
        recovery = Recovery()
        return run(
            recovery.guard(
                _create(
                    self._client,
                    Task,
                    self._operations,
                    request,
                    params,
                    recovery,
                    key=idempotency_key,
                    sender=self._client._with_extras(extra_headers, extra_query),
                    extra_body=extra_body,
                    timeout=timeout,
                )
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
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> Task:
        """Submit a task and wait until it is completed.

        Args:
            request: As for `create`.
            timeout: Seconds for submission and wait together, as for `Task.wait`.
            idempotency_key: As for `create`.
            poll_interval: As for `Task.wait`.
            on_update: Called with the task as soon as there is one, then as for `Task.wait`.
            extra_headers: As for `create`; polls have them too.
            extra_query: As for `create`; polls have it too.
            extra_body: As for `create`.
            params: As for `create`.

        Raises:
            EvoLinkError: As `create` and `Task.wait`.
        """
        recovery = Recovery()
        return run(
            recovery.guard(
                _generate(
                    self._client,
                    Task,
                    self._operations,
                    request,
                    params,
                    recovery,
                    key=idempotency_key,
                    sender=self._client._with_extras(extra_headers, extra_query),
                    extra_body=extra_body,
                    timeout=timeout,
                    poll_interval=poll_interval,
                    on_update=on_update,
                )
            )
        )


class AsyncGenerations:
    """As `Generations`, awaited. Type checkers see the generated signatures instead."""

    def __init__(self, client: BaseClient, operations: Sequence[APIOperation]) -> None:
        self._client = client
        self._operations = operations

    async def create(
        self,
        request: object = None,
        /,
        *,
        timeout: float | httpx.Timeout | httpx2.Timeout | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> AsyncTask:
        """As `Generations.create`."""
        recovery = Recovery()
        return await recovery.guard(
            _create(
                self._client,
                AsyncTask,
                self._operations,
                request,
                params,
                recovery,
                key=idempotency_key,
                sender=self._client._with_extras(extra_headers, extra_query),
                extra_body=extra_body,
                timeout=timeout,
            )
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
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> AsyncTask:
        """As `Generations.generate`; `on_update` may be a coroutine function."""
        recovery = Recovery()
        return await recovery.guard(
            _generate(
                self._client,
                AsyncTask,
                self._operations,
                request,
                params,
                recovery,
                key=idempotency_key,
                sender=self._client._with_extras(extra_headers, extra_query),
                extra_body=extra_body,
                timeout=timeout,
                poll_interval=poll_interval,
                on_update=on_update,
            )
        )


async def _create(
    client: BaseClient,
    kind: type[TaskT],
    operations: Sequence[APIOperation],
    request: object,
    params: Mapping[str, Any],
    recovery: Recovery,
    *,
    sender: BaseClient,
    key: str | None,
    extra_body: Mapping[str, Any] | None,
    timeout: float | httpx.Timeout | httpx2.Timeout | None = None,
    deadline: float | None = None,
) -> TaskT:
    # All arguments are checked before files are uploaded.
    key = idempotency_key(key)
    request_timeout = config.check_timeout(timeout, client._config.timeout)
    added = None if extra_body is None else bodies.as_json(extras.check_body(extra_body))
    files: LocalFiles | None = None
    if has_local_files([request, params]):
        from .._uploads.inputs import LocalFiles  # noqa: PLC0415 - few bodies have files

        files = LocalFiles()
        request, params = await client._io.run_in_thread(
            functools.partial(files.set_aside, (request, params))
        )
    body = bodies.generation_body(request, params)
    operation = validation.operation_for(operations, body)
    validate = functools.partial(client._validate, operation, body)
    if files is None:
        validate()
    else:
        files.check(operation, body, validate)
        body = await files.upload(client, sender, body, recovery, deadline=deadline)
    sent = RequestBody(media_types.JSON, body)
    if added is not None:
        sent = bodies.with_extra_body(sent, added)
    call = APICall(operation, {}, body=sent, timeout=request_timeout, deadline=deadline)
    response = await sender._submit(call, recovery, key=key)
    query = None if operation.generation is None else operation.generation["query"]
    return kind(
        client,
        response.json(),
        query=query,
        request=sent.value,
        request_id=client._request_id(response),
        is_new=True,
    )


async def _generate(
    client: BaseClient,
    kind: type[TaskT],
    operations: Sequence[APIOperation],
    request: object,
    params: Mapping[str, Any],
    recovery: Recovery,
    *,
    sender: BaseClient,
    key: str | None,
    extra_body: Mapping[str, Any] | None,
    timeout: float | None,
    poll_interval: float | None,
    on_update: Callable[[TaskT], object] | None,
) -> TaskT:
    check_wait(poll_interval=poll_interval, on_update=on_update)
    deadline = client._io.now() + arguments.check_seconds("timeout", timeout, DEFAULT_WAIT)
    task = await _create(
        client,
        kind,
        operations,
        request,
        params,
        recovery,
        sender=sender,
        key=key,
        extra_body=extra_body,
        deadline=deadline,
    )
    waiter = TaskWaiter(sender, task, deadline=deadline, poll_interval=poll_interval)
    if on_update is not None:
        await client._io.callback(on_update, task)
    await waiter.wait_until_done(on_update)
    return task


def check_request(body: Mapping[str, Any]) -> None:
    """Check the body of a task, with the local files in it; nothing is sent, and no client or key is needed.

    Args:
        body: As for `create`.

    Raises:
        InvalidRequest: With all violations.
    """
    from .._uploads.inputs import LocalFiles  # noqa: PLC0415 - few bodies have files

    files = LocalFiles()
    plain = bodies.generation_body(files.set_aside(body), {})
    operations = [each for several in index.contract().resources.values() for each in several]
    operation = validation.operation_for(operations, plain)
    allow_local = overrides.current().allow_local_callbacks
    files.check(
        operation, plain, functools.partial(validation.check, operation, plain, allow_local=allow_local)
    )


def has_local_files(value: object) -> bool:
    """Whether a body has local files in place of links."""
    if isinstance(value, Mapping):
        return any(map(has_local_files, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(has_local_files, value))
    return isinstance(value, (os.PathLike, File))
