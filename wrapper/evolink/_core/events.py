"""What a client tells `on_event`: small frozen objects without key, prompt or link."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

Step = Literal["attempt", "retry", "renew", "complete", "fail"]

_log = logging.getLogger("evolink")


@attrs.frozen(kw_only=True)
class RequestAttempt:
    """An API request was sent, and answered or not.

    Attributes:
        operation: The operation of the contract.
        method: The HTTP method.
        attempt: 1 for the first of a call, 2 for its first retry.
        duration: Seconds until the response was complete, or the attempt failed.
        status: HTTP status; None without a response.
        error: The name of the exception that ended it; None if it went well.
        request_id: The API's id of the request.
        task_id: The task, of a query.
        idempotency_key: The idempotency key of a submission.
    """

    kind: ClassVar[str] = "attempt"

    operation: str
    method: str
    attempt: int
    duration: float
    status: int | None = None
    error: str | None = None
    request_id: str | None = None
    task_id: str | None = None
    idempotency_key: str | None = None


@attrs.frozen(kw_only=True)
class RequestRetry:
    """An API request will be sent again.

    Attributes:
        operation: The operation of the contract.
        attempt: The one that failed.
        delay: Seconds until the next.
        error: The name of the exception that ended it.
        status: HTTP status; None without a response.
        task_id: The task, of a query.
        idempotency_key: The idempotency key of a submission.
    """

    kind: ClassVar[str] = "retry"

    operation: str
    attempt: int
    delay: float
    error: str
    status: int | None = None
    task_id: str | None = None
    idempotency_key: str | None = None


@attrs.frozen(kw_only=True)
class TaskSubmitted:
    """The API has accepted a task.

    Attributes:
        operation: The operation of the contract.
        task_id: The new task.
        duration: Seconds for the submission, retries included.
        idempotency_key: The key that it was sent with.
        request_id: The API's id of the request.
    """

    kind: ClassVar[str] = "submit"

    operation: str
    task_id: str
    duration: float
    idempotency_key: str | None = None
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class TaskPolled:
    """A task was queried for its state, by a wait or by `refresh`.

    Attributes:
        task_id: The task.
        task_status: Its status after the query.
        progress: Its progress in percent.
        duration: Seconds for the query.
        error: The name of the exception that ended the query; None if it went well.
    """

    kind: ClassVar[str] = "poll"

    task_id: str
    task_status: str
    progress: float
    duration: float
    error: str | None = None


@attrs.frozen(kw_only=True)
class DownloadStep:
    """The download of a result has made a step.

    Attributes:
        task_id: The task.
        result: Its place among the results of the task, from 0.
        step: `attempt`: a request to the result host has ended. `retry`: it is sent again after `delay`.
            `renew`: the API is asked for a new link. `complete`: the file is there. `fail`: the download has
            ended without it.
        received: Bytes so far, those of earlier calls included.
        total: Bytes in all; None if the host has not said.
        duration: The duration of an attempt, or of the download, in seconds.
        delay: Seconds until the next attempt.
        status: HTTP status of the host's response.
        error: The name of the exception, if one ended it.
    """

    kind: ClassVar[str] = "download"

    task_id: str
    result: int
    step: Step
    received: int
    total: int | None = None
    duration: float | None = None
    delay: float | None = None
    status: int | None = None
    error: str | None = None


Event = RequestAttempt | RequestRetry | TaskSubmitted | TaskPolled | DownloadStep
"""What `on_event` is called with."""


class EventEmitter:
    """Calls a user's `on_event`.

    What that raises is logged once and ends no call, since a task may have been paid for.
    """

    def __init__(self, on_event: Callable[[Event], object]) -> None:
        self.on_event = on_event
        self._has_failed = False

    def emit(self, event: Event) -> None:
        """Tell the user of an event."""
        try:
            self.on_event(event)
        except Exception:  # noqa: BLE001 - it is the user's
            if not self._has_failed:
                self._has_failed = True
                _log.exception("on_event has failed; it is called on, and further failures are not logged")
