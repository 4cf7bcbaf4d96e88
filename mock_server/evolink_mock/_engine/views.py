"""What a test sees of the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._tasks.task import Task
    from .engine import Engine


class TaskView:
    """A task as it is whenever it is looked at; looking does not count as a query.

    Args:
        engine: Where it lives.
        task: The task.
    """

    def __init__(self, engine: Engine, task: Task) -> None:
        self._engine = engine
        self._task = task

    @property
    def id(self) -> str:
        """Its id."""
        return self._task.id

    @property
    def model(self) -> str | None:
        """The model that works on it."""
        return self._task.model.name

    @property
    def body(self) -> Mapping[str, Any]:
        """The body it was created with."""
        return self._task.body

    @property
    def polls(self) -> int:
        """How often it was queried."""
        return self._task.polls

    @property
    def credits(self) -> float:
        """What was reserved for it."""
        return self._task.credits

    @property
    def status(self) -> str:
        """Its status now."""
        return str(self.raw["status"])

    @property
    def progress(self) -> int:
        """Its progress now, 0 to 100."""
        return int(self.raw["progress"])

    @property
    def results(self) -> list[str]:
        """The links to its results; empty before it has completed."""
        return list(self.raw.get("results", ()))

    @property
    def raw(self) -> dict[str, Any]:
        """All that a query tells of it now."""
        with self._engine.lock:
            return self._engine.jobs.told(self._task)

    def __repr__(self) -> str:
        return f"<{self.id} {self.model} {self.status} {self.progress}%>"


class TaskViews(Sequence[TaskView]):
    """The tasks in the order they were created; also found by id.

    Args:
        engine: Where they live.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @overload
    def __getitem__(self, index: int | str) -> TaskView: ...
    @overload
    def __getitem__(self, index: slice) -> list[TaskView]: ...
    def __getitem__(self, index: int | str | slice) -> TaskView | list[TaskView]:
        if isinstance(index, str):
            task = self._engine.jobs.tasks.get(index)
            if task is None:
                raise KeyError(index)
            return TaskView(self._engine, task)
        if isinstance(index, slice):
            return list(self)[index]
        return TaskView(self._engine, list(self._engine.jobs.tasks)[index])

    def __len__(self) -> int:
        return len(self._engine.jobs.tasks)

    def __iter__(self) -> Iterator[TaskView]:
        return iter([TaskView(self._engine, task) for task in self._engine.jobs.tasks])

    def __repr__(self) -> str:
        return f"<{len(self)} tasks>"
