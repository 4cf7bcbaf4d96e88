"""A task as it was last seen, whichever client it belongs to."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from .._core.errors import EvoLinkError
from .._http.response import ErrorInfo, error_info, is_object
from .schedule import History

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._http.client_base import BaseClient
    from .._http.response import Reply

_COMPLETED = "completed"
_FAILED = "failed"
_CANCELLED = frozenset({"cancelled", "canceled"})
# Said once, by the first reply, and missing from later ones.
_LASTING = ("created", "model", "task_info", "type", "usage")

TaskT = TypeVar("TaskT", bound="BaseTask")


class BaseTask:
    """What `Task` and `AsyncTask` have in common: the task as it was last seen.

    A status that is not known counts as still running. `raw` keeps every field of the last reply.
    """

    def __init__(
        self,
        client: BaseClient[Any] | None,
        raw: Mapping[str, Any],
        *,
        query: str | None,
        fresh: bool = False,
    ) -> None:
        self._client = client
        # The operation that tells how this task is; None for the one that the contract names for all.
        self._query = query
        self._raw: Mapping[str, Any] = {}
        self._lasting: dict[str, Any] = {}
        self._take(raw)
        now = 0.0 if client is None else client._io.clock.now()
        self._history = History(now, created=self.created, fresh=fresh)
        self._history.note(now, self.progress)

    @property
    def raw(self) -> dict[str, Any]:
        """The last reply, whole."""
        return dict(self._raw)

    @property
    def id(self) -> str:
        """The task's id; keep it, and `client.tasks.get(id)` finds the task again from any process."""
        return str(self._raw["id"])

    @property
    def model(self) -> str | None:
        """The model that works on it."""
        model = self._lasting.get("model")
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
        return [link for link in results if isinstance(link, str)] if isinstance(results, list) else []

    @property
    def error(self) -> ErrorInfo | None:
        """Why the task failed, if it did."""
        return error_info(self._raw) if self._raw.get("error") else None

    @property
    def created(self) -> float | None:
        """When the task was made, in Unix seconds."""
        return _number(self._lasting.get("created"))

    @property
    def usage(self) -> Mapping[str, Any] | None:
        """What the task costs, in the API's own fields."""
        usage = self._lasting.get("usage")
        return MappingProxyType(usage) if isinstance(usage, dict) else None

    @property
    def estimated_time(self) -> float | None:
        """How long the API expects the task to take in all, in seconds."""
        info = self._lasting.get("task_info")
        return _number(info.get("estimated_time")) if isinstance(info, dict) else None

    @property
    def done(self) -> bool:
        """Whether the task has ended, well or not."""
        return self.status in {_COMPLETED, _FAILED, *_CANCELLED}

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(id={self.id!r}, model={self.model!r}, "
            f"status={self.status!r}, progress={self.progress!r})"
        )

    def __copy__(self) -> BaseTask:
        return self._twin(self._client)

    def __deepcopy__(self, memo: object) -> BaseTask:
        return self._twin(self._client)

    def __reduce__(self) -> tuple[Any, ...]:
        # A client has connections and a key: neither belongs into a pickle.
        return _unpickled, (type(self), dict(self._raw), self._lasting, self._query)

    def _twin(self, client: BaseClient[Any] | None) -> BaseTask:
        twin = type(self)(client, self._raw, query=self._query)
        twin._lasting = dict(self._lasting)
        return twin

    def _owner(self) -> BaseClient[Any]:
        if self._client is None:
            raise EvoLinkError("this task has no client: use client.tasks.get(task.id)", task=self)
        return self._client

    def _take(self, raw: Mapping[str, Any]) -> None:
        """Believe a reply."""
        info = self._lasting.get("task_info")
        self._raw = raw
        self._lasting.update({name: raw[name] for name in _LASTING if raw.get(name) is not None})
        if isinstance(info, dict) and isinstance(raw.get("task_info"), dict):
            self._lasting["task_info"] = {**info, **raw["task_info"]}

    @property
    def _face(self) -> tuple[object, ...]:
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


def is_task(reply: Reply) -> bool:
    """Whether a reply shows a task, so that at least its id can be kept."""
    return is_object(reply) and looks_like_task(reply.json())


def looks_like_task(value: object) -> bool:
    """Whether a JSON value is an object with an id."""
    return isinstance(value, dict) and isinstance(value.get("id"), str) and bool(value["id"].strip())


def _unpickled(
    kind: type[BaseTask], raw: Mapping[str, Any], lasting: dict[str, Any], query: str | None
) -> BaseTask:
    task = kind(None, raw, query=query)
    task._lasting = lasting
    return task


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value
