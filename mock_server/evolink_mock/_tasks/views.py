"""What a test sees of the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .account import MockAccount
    from .task import MockTask


class TaskView:
    """A task as it is whenever it is looked at, which does not count as a query.

    Args:
        account: Owner of the task.
        task: The task.
    """

    def __init__(self, account: MockAccount, task: MockTask) -> None:
        self._account = account
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
        """The body that it was created with."""
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
        raw = self.raw
        return str(raw["status"] if "status" in raw else self._account.state(self._task).status)

    @property
    def progress(self) -> int:
        """Its progress now, 0 to 100."""
        raw = self.raw
        return int(raw["progress"] if "progress" in raw else self._account.state(self._task).progress)

    @property
    def results(self) -> list[str]:
        """The links to its results; empty until it has completed."""
        return list(self.raw.get("results") or ())

    @property
    def raw(self) -> dict[str, Any]:
        """The body of a query now."""
        return self._account.status_body(self._task)

    def __repr__(self) -> str:
        return f"<{self.id} {self.model} {self.status} {self.progress}%>"


class TaskViews(Sequence[TaskView]):
    """The tasks in the order of their creation, by position or by id.

    Args:
        account: Owner of the tasks.
    """

    def __init__(self, account: MockAccount) -> None:
        self._account = account

    @overload
    def __getitem__(self, index: int | str) -> TaskView: ...
    @overload
    def __getitem__(self, index: slice) -> list[TaskView]: ...
    def __getitem__(self, index: int | str | slice) -> TaskView | list[TaskView]:
        if isinstance(index, str):
            task = self._account.tasks.get(index)
            if task is None:
                raise KeyError(index)
            return TaskView(self._account, task)
        if isinstance(index, slice):
            return list(self)[index]
        return TaskView(self._account, list(self._account.tasks)[index])

    def __len__(self) -> int:
        return len(self._account.tasks)

    def __iter__(self) -> Iterator[TaskView]:
        return iter([TaskView(self._account, task) for task in self._account.tasks])

    def __repr__(self) -> str:
        return f"<{len(self)} tasks>"
