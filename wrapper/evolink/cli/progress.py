"""What is shown while tasks run and results are downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .records import task_record
from .text import describe_download, describe_task

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from .. import Task
    from .output import Output
    from .session import Session

# Of the percent between two lines.
_STEP = 10


class Progress(Protocol):
    """Shows how far tasks and downloads have got."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def task(self, task: Task) -> None:
        """Show a task, now and as it changes."""
        ...

    def received(self, task: Task, received: int, total: int | None) -> None:
        """Show how much of the results of a task has come."""
        ...


def progress_for(session: Session) -> Progress:
    """What suits whoever watches: a bar, a line, lines, or JSON."""
    if session.output.is_json:
        return _JSONProgress(session)
    if not session.output.is_terminal:
        return _LineProgress(session)
    try:
        from .bars import BarProgress
    except ImportError:
        return _StatusProgress(session)
    return BarProgress(session)


class _Base:
    """Shows nothing yet."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._output: Output = session.output

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def received(self, task: Task, received: int, total: int | None) -> None:
        """Nothing: what counts is the file."""


class _JSONProgress(_Base):
    """One object for each change of a task."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._shown: dict[str, tuple[object, ...]] = {}

    def task(self, task: Task) -> None:
        """Write the task if it has changed."""
        state = (task.status, task.progress, len(task.results), task.error)
        if self._shown.get(task.id) != state:
            self._shown[task.id] = state
            self._output.record("task", task_record(task, self._session.elapsed(task)))


class _LineProgress(_Base):
    """A line for each change of status and every ten percent."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._shown: dict[str, tuple[str, int]] = {}

    def task(self, task: Task) -> None:
        """Write a line if there is something to tell."""
        state = (task.status, int(task.progress // _STEP))
        if self._shown.get(task.id) != state:
            self._shown[task.id] = state
            self._output.note(f"{task.id}: {describe_task(task, self._session.elapsed(task))}")


class _StatusProgress(_Base):
    """One line of a terminal that is written again and again, for want of rich."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._tasks: dict[str, Task] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks.values():
            self._output.note(f"{task.id}: {describe_task(task, self._session.elapsed(task))}")

    def task(self, task: Task) -> None:
        """Write the line anew."""
        self._tasks[task.id] = task
        self._output.status(f"{describe_task(task, self._session.elapsed(task))}: {task.id}")

    def received(self, task: Task, received: int, total: int | None) -> None:
        """Write the line anew."""
        self._output.status(f"{describe_download(received, total)}: {task.id}")
