"""Waiting for a task: flows over the schedule of `_polling`, under one deadline."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .._contract import index as _contract
from .._core import config as _arguments
from .._core import errors as _errors
from .._http import retry as _retry
from .._http.io import Notify, Sleep
from . import schedule as _polling
from .state import is_cancelled, is_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._http.client_base import BaseClient
    from .state import BaseTask

DEFAULT_WAIT = 1800.0
# A clock that counts Unix seconds cannot tell less apart with certainty.
RESOLUTION = 1e-3

_log = logging.getLogger("evolink")


class Watch:
    """One wait for one task."""

    def __init__(
        self,
        client: BaseClient[Any],
        task: BaseTask,
        *,
        timeout: float | None = None,
        poll_interval: float | None = None,
    ) -> None:
        self._client = client
        self.task = task
        self._began: float = client._io.clock.now()
        self.deadline = self._began + _arguments.seconds("timeout", timeout, DEFAULT_WAIT)
        self._interval = _arguments.seconds("poll_interval", poll_interval, None)
        self._failures = 0
        self._asked: float | None = None
        self._fault: _errors.APIError | None = None
        self._has_asked = False

    async def end(self, on_update: Callable[[Any], object] | None) -> None:
        """Wait for the end; a flow.

        Raises:
            TaskFailed: It failed.
            TaskCancelled: It was cancelled.
            TaskTimeout: It did not end in time.
            APIError: The API refuses to tell.
        """
        while not self.task.done:
            await self.change()
            if on_update is not None:
                await Notify(on_update, self.task)
        judge(self.task)

    async def change(self) -> None:
        """Wait until the task has changed; a flow."""
        face = self.task._face
        while self.task._face == face:
            await self._poll()

    def due(self) -> float:
        """When to ask again."""
        history = self.task._history
        usual = history.delay(self.task.estimated_time) if self._interval is None else self._interval
        if self._failures:
            usual = _polling.retry_delay(self._failures, usual, self._asked)
        elif self._asked is not None:
            usual = max(usual, min(self._asked, _retry.LONGEST_RETRY_AFTER))
        return history.polled_at + usual

    async def ask(self) -> None:
        """Ask once; an outage is noted, not raised; a flow."""
        self._has_asked = True
        try:
            self._asked = await refresh(self._client, self.task, deadline=self.deadline, max_retries=0)
        except _errors.APIError as error:
            if not error._transient:
                raise
            self._fault = error
            self._failures += 1
            self._asked = error._retry_after
            self.task._history.polled_at = self._client._io.clock.now()
            _log.info(
                "task %s: no answer (%s), %d in a row", self.task.id, type(error).__name__, self._failures
            )
        else:
            self._fault = None
            self._failures = 0

    async def _poll(self) -> None:
        """Sleep until the next poll is due, and ask; a flow."""
        clock = self._client._io.clock
        left = self.deadline - clock.now()
        if self._has_asked and left < RESOLUTION:
            raise self.timed_out()
        pause = min(self.due() - clock.now(), left)  # the last poll is at the deadline
        if pause > 0:
            await Sleep(pause)
        await self.ask()

    def timed_out(self) -> _errors.TaskTimeout:
        """The error of a wait that has lasted too long."""
        waited = self._client._io.clock.now() - self._began
        state = f"{self.task.status}, {self.task.progress:g}%"
        message = f"not done after {waited:.0f} s: {state} when last seen"
        if self._fault is not None:
            message += f"; the last {self._failures} polls found no answer ({self._fault})"
        error = _errors.TaskTimeout(message, task=self.task)
        error.__cause__ = self._fault
        return error


async def refresh(
    client: BaseClient[Any],
    task: BaseTask,
    *,
    deadline: float | None = None,
    max_retries: int | None = None,
) -> float | None:
    """Ask for a task's state once; a flow.

    Returns:
        What the reply's `Retry-After` asks for, in seconds.
    """
    try:
        reply = await client._fetched(
            task.id,
            task._query,
            deadline=deadline,
            max_retries=max_retries,
        )
    except _errors.EvoLinkError as error:
        error._task = task
        raise
    now = client._io.clock.now()
    task._take(reply.json())
    task._history.note(now, task.progress)
    return _retry.retry_after(reply.headers, now)


def judge(task: BaseTask) -> None:
    """Raise what a task that is done deserves.

    Raises:
        TaskFailed: It failed.
        TaskCancelled: It was cancelled.
    """
    if is_cancelled(task):
        raise _errors.TaskCancelled("the task was cancelled", task=task)
    if not is_failed(task):
        return
    info = task.error
    known = _contract.contract().task_errors.get((info.code if info else None) or "", {})
    raise _errors.TaskFailed(
        (info.message if info else "") or "the task failed, and the API does not say why",
        code=info.code if info else None,
        type=info.type if info else None,
        param=info.param if info else None,
        suggestion=info.suggestion if info else None,
        retryable=known.get("retryable"),
        advice=known.get("advice"),
        task=task,
    )
