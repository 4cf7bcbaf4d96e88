"""Waiting for a task: poll it by the schedule, under one deadline."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

from .._contract import index
from .._core import arguments, errors
from .._http import retry
from .state import is_cancelled, is_completed, is_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._http.client_base import BaseClient
    from .state import BaseTask

DEFAULT_WAIT = 1800.0
# A clock that counts Unix seconds cannot resolve less with certainty.
RESOLUTION = 1e-3
# A fixed interval is never shorter, nor longer than results are kept.
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.1, 86_400.0
# How often a completed task without results is polled again.
_MOST_POLLS_FOR_RESULTS = 3

_log = logging.getLogger("evolink")


class TaskWaiter:
    """One wait for one task."""

    def __init__(
        self,
        client: BaseClient,
        task: BaseTask,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        poll_interval: float | None = None,
    ) -> None:
        """Begin to wait.

        Args:
            client: The client of the task.
            task: What to wait for.
            timeout: Seconds to wait at most.
            deadline: The time to wait until, in place of a timeout.
            poll_interval: Fixed seconds between polls.
        """
        check_wait(poll_interval=poll_interval)
        self.task = task
        self._client = client
        self._io = client._io
        self._started = self._io.now()
        self.deadline = (
            self._started + arguments.check_seconds("timeout", timeout, DEFAULT_WAIT)
            if deadline is None
            else max(deadline, self._started)
        )
        self._interval = (
            None if poll_interval is None else min(max(poll_interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)
        )
        self._failures = 0
        self._refusals = 0
        self._last_error: errors.APIError | None = None
        self._retry_after: float | None = None
        # Whether this wait has queried the task; without that it does not end.
        self.has_polled = False
        self._polls_for_results = 0

    async def wait_until_done(self, on_update: Callable[[Any], object] | None) -> None:
        """Wait for the end.

        Raises:
            TaskFailed: It failed.
            TaskCancelled: It was cancelled.
            TaskTimeout: It did not end in time.
            APIError: The API refuses to answer.
        """
        while not self.task.done:
            await self.wait_for_change()
            if on_update is not None:
                await self._io.callback(on_update, self.task)
        raise_for_status(self.task)

    async def wait_for_change(self) -> None:
        """Wait until status, progress, results or error have changed."""
        before = self.task._state_key
        while self.task._state_key == before or self.is_waiting_for_results:
            await self._sleep_until_due()
            await self.poll_once()

    @property
    def is_waiting_for_results(self) -> bool:
        """Whether the task is completed, but shows no results yet: a few more polls may bring them."""
        return (
            is_completed(self.task)
            and not self.task.results
            and self.has_polled
            and self._polls_for_results < _MOST_POLLS_FOR_RESULTS
            and self._io.now() < self.deadline
        )

    @property
    def is_answered(self) -> bool:
        """Whether the last poll was answered."""
        return self.has_polled and not self._failures

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.task.done and not self.is_waiting_for_results

    def due(self, allowance: float = math.inf) -> float:
        """When to poll next; the first time at the deadline at the latest.

        Args:
            allowance: How many polls the task may still cost.
        """
        history = self.task._history
        if self.is_waiting_for_results:
            usual = retry.SHORTEST_POLL_DELAY * 2.0**self._polls_for_results
        else:
            usual = (
                history.delay(self.task.estimated_time, allowance)
                if self._interval is None
                else self._interval
            )
        due = history.polled_at + retry.poll_delay(usual, self._failures, self._retry_after)
        return due if self.has_polled else min(due, self.deadline)

    async def poll_once(self) -> None:
        """Query the task; an outage is noted, not raised."""
        self.begin_poll()
        try:
            retry_after = await self.task._refresh(self._client, deadline=self.deadline, max_retries=0)
        except errors.APIError as error:
            self.note_error(error)
        else:
            self.note_answer(retry_after)

    def begin_poll(self) -> None:
        """The task is about to be queried."""
        self.has_polled = True
        if is_completed(self.task):
            self._polls_for_results += 1

    def note_answer(self, retry_after: float | None) -> None:
        """The API has answered for the task.

        Args:
            retry_after: Seconds that the response asks to wait.
        """
        self._retry_after = retry_after
        self._last_error = None
        self._failures = self._refusals = 0

    def note_error(self, error: errors.APIError) -> None:
        """The API has not answered.

        Raises:
            APIError: This one, if waiting will not help.
        """
        self._refusals = 0 if error._is_transient else self._refusals + 1
        if not error._is_transient and not retry.is_passing(error.status, self._refusals):
            raise error
        self._last_error = error
        self._failures += 1
        self._retry_after = error._retry_after
        self.task._history.polled_at = self._io.now()
        _log.info("task %s: no answer (%s), %d in a row", self.task.id, type(error).__name__, self._failures)

    async def _sleep_until_due(self) -> None:
        left = self.deadline - self._io.now()
        if self.has_polled and left < RESOLUTION:
            raise self.timeout_error()
        pause = min(self.due() - self._io.now(), left)  # the last poll is at the deadline
        if pause > 0:
            await self._io.sleep(pause)

    def timeout_error(self) -> errors.TaskTimeout:
        """The error of a wait that has lasted too long."""
        waited = self._io.now() - self._started
        state = f"{self.task.status}, {self.task.progress:g}%"
        message = f"not done after {waited:.0f} s: {state} when last seen"
        if self._last_error is not None:
            message += f"; the last {self._failures} polls found no answer ({self._last_error._headline()})"
        error = errors.TaskTimeout(message, task=self.task)
        error.__cause__ = self._last_error
        return error


def check_wait(
    *, timeout: float | None = None, poll_interval: float | None = None, on_update: object = None
) -> None:
    """Check what a wait is given, before anything is sent.

    Raises:
        InvalidRequest: A duration is negative.
        TypeError: One has a wrong type.
    """
    arguments.check_seconds("timeout", timeout, None)
    arguments.check_seconds("poll_interval", poll_interval, None)
    arguments.check_callback("on_update", on_update, is_awaited=True)


def raise_for_status(task: BaseTask) -> None:
    """Raise the error of a task that is done but not completed.

    Raises:
        TaskFailed: It failed.
        TaskCancelled: It was cancelled.
    """
    if is_cancelled(task):
        raise errors.TaskCancelled("the task was cancelled", task=task)
    if not is_failed(task):
        return
    info = task.error or errors.ErrorInfo()
    documented = index.contract().task_errors.get(info.code or "", {})
    raise errors.TaskFailed(
        info.message or "the task failed, and the API does not say why",
        code=info.code,
        type=info.type,
        param=info.param,
        suggestion=info.suggestion,
        retryable=documented.get("retryable"),
        advice=documented.get("advice"),
        task=task,
    )
