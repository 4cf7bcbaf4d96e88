"""The query of many tasks in one request, where the contract has one and the API answers it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from .._contract import index
from .._core import errors
from .._http import availability, response, role_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._contract.index import Role
    from .._http.client_base import BaseClient
    from .._http.response import APIResponse
    from .state import BaseTask
    from .waiter import TaskWaiter

_ROLE = "task-batch"
# Where the contract names no limit.
_USUAL_SIZE = 50
# After so many failures in a row, a single query shows whether they are of the batch query alone.
_MOST_FAILURES = 3


class BatchQuery:
    """Queries tasks for one wait, many at once as long as that works."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client
        self._failures = 0
        self._role: Role | None = index.contract().role(_ROLE)
        if self._role is not None and availability.is_missing(client, self._role.operation):
            self._role = None
        limit = {} if self._role is None else self._role.field_schema("ids")
        self.size: int = limit.get("maxItems", _USUAL_SIZE)

    @property
    def is_usable(self) -> bool:
        """Whether many tasks can be queried at once."""
        return self._role is not None

    def accepts(self, task: BaseTask) -> bool:
        """Whether a task can be queried together with others."""
        return self._role is not None and task._query in {None, index.contract().task_query.id}

    async def poll(self, waiters: Sequence[TaskWaiter], absent: list[TaskWaiter]) -> None:
        """Query tasks; an outage is noted, not raised.

        If the API refuses, nothing is noted but that: the tasks are still to be polled.

        Args:
            waiters: The waiters of the tasks.
            absent: Gets those that the response does not mention.
        """
        client, role = self._client, self._role
        if role is None:  # refused while this one waited for a connection
            return
        started = client._io.now()
        values = {"ids": list(dict.fromkeys(waiter.task.id for waiter in waiters))}
        call = role_call.call_of(
            role,
            client._config,
            values,
            deadline=max(waiter.deadline for waiter in waiters),
            is_usable=functools.partial(_has_tasks, role),
        )
        try:
            received = await client._request(call, max_retries=0)
        except errors.APIError as error:
            await self._note_error(error, waiters, started)
            return
        self._failures = 0
        found = {
            task["id"]: task for task in role.items(received.json(), "tasks") or () if response.is_task(task)
        }
        retry_after = response.retry_after(received.headers, client._io.now())
        for waiter in waiters:
            state = found.get(waiter.task.id)
            if state is None:
                absent.append(waiter)
                continue
            waiter.begin_poll()
            waiter.task._take(client, state, started, request_id=client._request_id(received))
            waiter.note_answer(retry_after)

    async def _note_error(
        self, error: errors.APIError, waiters: Sequence[TaskWaiter], started: float
    ) -> None:
        if error.status in availability.REFUSALS and self._role is not None:
            availability.note_missing(self._client, self._role.operation)
        if error.status in availability.REFUSALS or not error._is_transient:
            self._role = None  # a single query shows which task it is about
            return
        self._failures += 1
        for number, waiter in enumerate(waiters):
            if number == 0 and self._failures > _MOST_FAILURES:
                await waiter.poll_once()
                if waiter.is_answered:
                    self._role = None
                    return
                continue
            waiter.begin_poll()
            waiter.task._emit_poll(self._client, started, type(error).__name__)
            waiter.note_error(error)


def _has_tasks(role: Role, received: APIResponse) -> bool:
    return response.has_object(received) and role.items(received.json(), "tasks") is not None
