"""A task as it was last seen, whichever client it belongs to."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from .._contract import index
from .._contract.values import values_at
from .._core.errors import EvoLinkError
from .._core.redaction import redact
from .._http import response
from . import prediction, schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.errors import ErrorInfo
    from .._http.client_base import BaseClient

_COMPLETED = "completed"
_FAILED = "failed"
_CANCELLED = frozenset({"cancelled", "canceled"})
# Sent with the first response, and missing from later ones.
_STICKY_FIELDS = ("created", "model", "task_info", "type", "usage")
# Something older was not made on this clock.
_LONGEST_AGE = 30 * 86400.0

TaskT = TypeVar("TaskT", bound="BaseTask")


class PollHistory:
    """What the schedule needs to remember of one task."""

    __slots__ = ("_latest", "_levels", "_start", "polled_at")

    def __init__(self, now: float, *, created: float | None, is_new: bool) -> None:
        """Begin at the first response.

        Args:
            now: The time on the client's clock.
            created: When the task was made, on the API's clock, which may be another.
            is_new: Whether this client has just made the task.
        """
        is_plausible = created is not None and 0.0 <= now - created <= _LONGEST_AGE
        self._start = created if created is not None and is_plausible and not is_new else now
        self._levels: list[prediction.Level] = []
        self._latest: tuple[float, float] | None = None
        self.polled_at = now

    def note(self, now: float, progress: float) -> None:
        """Remember a response."""
        self._observe_latest()
        self.polled_at = now
        self._latest = now - self._start, progress

    def _observe_latest(self) -> None:
        """Add the last response to the levels: not at once, as most tasks are queried without a wait."""
        if self._latest is not None:
            prediction.observe(self._levels, *self._latest)
            self._latest = None

    @property
    def age(self) -> float:
        """How old the task was at the last response, in seconds."""
        return self.polled_at - self._start

    def delay(self, estimate: float | None, allowance: float = math.inf) -> float:
        """Seconds from the last response to the next poll; arguments as for `schedule.sparing_delay`."""
        self._observe_latest()
        return schedule.sparing_delay(self.age, allowance, estimate, self._levels)


class BaseTask:
    """What `Task` and `AsyncTask` have in common: the task as it was last seen.

    A status that is not known counts as still running. `raw` keeps every field of the last reply.
    """

    def __init__(
        self,
        client: BaseClient | None,
        raw: Mapping[str, Any],
        *,
        query: str | None = None,
        request: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        is_new: bool = False,
        is_listed: bool = False,
    ) -> None:
        self._client = client
        # Whether it comes from a list, which leaves results out.
        self._is_listed = is_listed
        # The operation that queries this task; None for the one that the contract names for all.
        self._query = query
        self._request = request
        self._request_id = request_id
        self._raw: Mapping[str, Any] = {}
        self._sticky: dict[str, Any] = {}
        self._update(raw)
        now = 0.0 if client is None else client._io.now()
        self._history = PollHistory(now, created=self.created, is_new=is_new)
        self._history.note(now, self.progress)

    @property
    def raw(self) -> dict[str, Any]:
        """The last reply, complete."""
        return dict(self._raw)

    @property
    def id(self) -> str:
        """The task's id; keep it, and `client.tasks.get(id)` finds the task again from any process."""
        return str(self._raw["id"])

    @property
    def model(self) -> str | None:
        """The model that works on it."""
        model = self._sticky.get("model")
        return model if isinstance(model, str) else None

    @property
    def status(self) -> str:
        """The API's word for the task's state; may be one that this version does not know."""
        status = self._raw.get("status")
        return status if isinstance(status, str) else "unknown"

    @property
    def progress(self) -> float:
        """Progress in percent, 0 to 100."""
        progress = _number(self._raw.get("progress"))
        if progress is None:
            progress = 100 if self.status == _COMPLETED else 0
        return min(max(progress, 0), 100)

    @property
    def results(self) -> list[str]:
        """Links to the results; empty until the task is completed. They expire: `download` in time."""
        results = self._raw.get("results")
        links = [link for link in results if isinstance(link, str)] if isinstance(results, list) else []
        if links or self.status != _COMPLETED:
            return links
        found = (values_at(self._raw, path) for path in index.contract().task_values.get("results", ()))
        # The same order as the API's, each link once.
        return list(dict.fromkeys(link for links in found for link in links if isinstance(link, str)))

    @property
    def error(self) -> ErrorInfo | None:
        """Why the task failed, if it did."""
        return response.error_info(self._raw) if self._raw.get("error") else None

    @property
    def created(self) -> float | None:
        """When the task was made, in Unix seconds."""
        return _number(self._sticky.get("created"))

    @property
    def usage(self) -> Mapping[str, Any] | None:
        """What the task costs, in the API's own fields."""
        usage = self._sticky.get("usage")
        return MappingProxyType(usage) if isinstance(usage, dict) else None

    @property
    def credits(self) -> float | None:
        """The credits that were charged, else those that are reserved; None if the API has not said."""
        known = {**self._raw, **self._sticky}
        for path in index.contract().task_values.get("credits", ()):
            for value in values_at(known, path):
                if (number := _number(value)) is not None:
                    return number
        return None

    @property
    def request(self) -> dict[str, Any] | None:
        """The body that was sent; None for a task that this client did not create."""
        return None if self._request is None else dict(self._request)

    @property
    def request_id(self) -> str | None:
        """The API's id of the request that created the task, else of the first that queried it."""
        return self._request_id

    @property
    def estimated_time(self) -> float | None:
        """How long the API expects the task to take in all, in seconds."""
        info = self._sticky.get("task_info")
        return _number(info.get("estimated_time")) if isinstance(info, dict) else None

    @property
    def done(self) -> bool:
        """Whether the task has ended: completed, failed or cancelled."""
        return self.status in {_COMPLETED, _FAILED, *_CANCELLED}

    def to_dict(self) -> dict[str, Any]:
        """The task as JSON values: all fields of the last reply, and the attributes of this object."""
        usage, error = self.usage, self.error
        return {
            **self._raw,
            "id": self.id,
            "model": self.model,
            "status": self.status,
            "progress": self.progress,
            "created": self.created,
            "estimated_time": self.estimated_time,
            "usage": None if usage is None else dict(usage),
            "credits": self.credits,
            "results": self.results,
            "error": None if error is None else error._asdict(),
            "request": self.request,
            "request_id": self.request_id,
        }

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(id={self.id!r}, model={self.model!r}, "
            f"status={self.status!r}, progress={self.progress!r})"
        )

    def __copy__(self) -> BaseTask:
        return self._clone(self._client)

    def __deepcopy__(self, memo: object) -> BaseTask:
        return self._clone(self._client)

    def __reduce__(self) -> tuple[Any, ...]:
        # A client has connections and a key: neither belongs into a pickle.
        return _unpickled, (
            type(self),
            dict(self._raw),
            self._sticky,
            self._query,
            self._request,
            self._request_id,
            self._is_listed,
        )

    def _clone(self, client: BaseClient | None) -> BaseTask:
        clone = type(self)(
            client,
            self._raw,
            query=self._query,
            request=self._request,
            request_id=self._request_id,
            is_listed=self._is_listed,
        )
        clone._sticky = dict(self._sticky)
        return clone

    def _required_client(self) -> BaseClient:
        if self._client is None:
            raise EvoLinkError("this task has no client: use client.tasks.get(task.id)", task=self)
        return self._client

    def _update(self, raw: Mapping[str, Any]) -> None:
        """Take over what a response says."""
        self._raw = raw
        for name in _STICKY_FIELDS:
            value = raw.get(name)
            known = self._sticky.get(name)
            if not isinstance(known, dict):
                if value is not None:
                    self._sticky[name] = value
            elif isinstance(value, dict):  # it may tell less than an earlier one
                self._sticky[name] = {**known, **{key: new for key, new in value.items() if new is not None}}

    async def _refresh(
        self, client: BaseClient, *, deadline: float | None = None, max_retries: int | None = None
    ) -> float | None:
        """Query this task once.

        Returns:
            What the response's `Retry-After` asks for, in seconds.
        """
        started = client._io.now()
        try:
            received = await client._retrieve(
                self.id, self._query, deadline=deadline, max_retries=max_retries, is_known=True
            )
        except EvoLinkError as error:
            error._task = self
            self._emit_poll(client, started, type(error).__name__)
            raise
        self._take(client, received.json(), started, request_id=client._request_id(received))
        return response.retry_after(received.headers, client._io.now())

    def _take(
        self, client: BaseClient, raw: Mapping[str, Any], started: float, *, request_id: str | None
    ) -> None:
        """Take over what a query, begun at `started`, has told of this task."""
        self._is_listed = False
        self._request_id = self._request_id or request_id
        now = client._io.now()
        self._update(raw)
        self._history.note(now, self.progress)
        self._emit_poll(client, started, None)

    def _emit_poll(self, client: BaseClient, started: float, error: str | None) -> None:
        """Tell `on_event` of a query that has ended."""
        config = client._config
        if config.emitter is None:
            return
        from .._core.events import TaskPolled  # noqa: PLC0415 - most clients have no on_event

        config.emitter.emit(
            TaskPolled(
                task_id=redact(self.id, config.api_key),
                task_status=redact(self.status, config.api_key),
                progress=self.progress,
                duration=client._io.now() - started,
                error=error,
            )
        )

    @property
    def _lacks_results(self) -> bool:
        """Whether it has ended, but comes from a list, which leaves results out."""
        return self._is_listed and is_completed(self) and not self.results

    @property
    def _polled_at(self) -> float:
        """When the API last answered for this task, on the client's clock."""
        return self._history.polled_at

    @property
    def _state_key(self) -> tuple[object, ...]:
        """What counts as a change when it changes."""
        return self.status, self.progress, self.results, self.error


def is_completed(task: BaseTask) -> bool:
    """Whether the task has ended well."""
    return task.status == _COMPLETED


def is_failed(task: BaseTask) -> bool:
    """Whether the task has failed."""
    return task.status == _FAILED


def is_cancelled(task: BaseTask) -> bool:
    """Whether the task was cancelled; both spellings are met."""
    return task.status in _CANCELLED


def _unpickled(
    kind: type[BaseTask],
    raw: Mapping[str, Any],
    sticky: dict[str, Any],
    query: str | None,
    request: Mapping[str, Any] | None = None,
    request_id: str | None = None,
    is_listed: bool = False,
) -> BaseTask:
    task = kind(None, raw, query=query, request=request, request_id=request_id, is_listed=is_listed)
    task._sticky = sticky
    return task


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # an integer beyond all numbers of seconds, credits or percent
        return None
