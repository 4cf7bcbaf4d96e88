"""Bars on a terminal; needs the extra `cli`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
from rich.table import Column
from rich.text import Text

from .text import amount, describe_download, describe_task, duration

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.console import RenderableType
    from rich.progress import Task as Row
    from rich.progress import TaskID

    from .. import Task
    from .session import Session


class _TimeColumn(ProgressColumn):
    """The time so far and the estimate, also between two polls."""

    def __init__(self, session: Session) -> None:
        super().__init__(table_column=Column(no_wrap=True))
        self._session = session

    def render(self, task: Row) -> Text:
        """The cell of a row."""
        shown_task: Task = task.fields["task"]
        shown = duration(self._session.elapsed(shown_task))
        if shown_task.estimated_time:
            shown += f" of about {duration(shown_task.estimated_time)}"
        return Text(shown, style="cyan")


class BarProgress:
    """A bar for each task; in the end a line for each.

    Args:
        session: The session of this run.
        console: Where the bars go; stderr by default.
    """

    def __init__(self, session: Session, console: Console | None = None) -> None:
        self._session = session
        self._rows: dict[str, TaskID] = {}
        self._tasks: dict[str, Task] = {}
        whole = Column(no_wrap=True)
        self._progress = Progress(
            # What is too long for the terminal is cut here, and nothing is wrapped.
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=2)),
            BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=5)),
            TextColumn("{task.percentage:>3.0f} %", markup=False, table_column=whole),
            _TimeColumn(session),
            TextColumn("{task.fields[credits]}", markup=False, table_column=whole),
            # What else is written meanwhile is not wrapped, so that commands in it can be copied.
            console=console or Console(file=sys.stderr, soft_wrap=True),
            transient=True,
            expand=True,
        )

    @property
    def renderable(self) -> RenderableType:
        """The bars as they stand."""
        return self._progress.get_renderable()

    def __enter__(self) -> Self:
        self._progress.start()
        # A process that is stopped or killed cannot bring the cursor back.
        self._progress.console.show_cursor(True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
        for task in self._tasks.values():
            self._session.output.note(f"{task.id}: {describe_task(task, self._session.elapsed(task))}")

    def task(self, task: Task) -> None:
        """Show a task, now and as it changes."""
        self._update(task, f"{task.status} {task.id}", task.progress, 100)

    def received(self, task: Task, received: int, total: int | None) -> None:
        """Show how much of the results of a task has come."""
        self._update(task, f"{describe_download(received, total)} of {task.id}", received, total)

    def _update(self, task: Task, text: str, completed: float, total: float | None) -> None:
        price = "" if task.credits is None else f"{amount(task.credits)} credits"
        if task.id not in self._rows:
            self._tasks[task.id] = task
            self._rows[task.id] = self._progress.add_task(text, total=total, task=task, credits=price)
        self._progress.update(
            self._rows[task.id], description=text, completed=completed, total=total, credits=price
        )
