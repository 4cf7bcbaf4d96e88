"""Bars on a terminal; needs the extra `cli`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.text import Text

from .text import describe_download, duration

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.progress import Task as Row
    from rich.progress import TaskID

    from .. import Task
    from .session import Session


class _TimeColumn(ProgressColumn):
    """The time so far and the estimate, also between two polls."""

    max_refresh = None

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def render(self, task: Row) -> Text:
        """The cell of a row."""
        shown_task: Task = task.fields["task"]
        shown = duration(self._session.elapsed(shown_task))
        if shown_task.estimated_time:
            shown += f" of about {duration(shown_task.estimated_time)}"
        return Text(shown, style="cyan")


class BarProgress:
    """A bar for each task."""

    def __init__(self, session: Session, console: Console | None = None) -> None:
        self._rows: dict[str, TaskID] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f} %", markup=False),
            _TimeColumn(session),
            TextColumn("{task.fields[credits]}", markup=False),
            console=console or Console(file=sys.stderr),
            transient=True,
            expand=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def task(self, task: Task) -> None:
        """Show a task, now and as it changes."""
        self._update(task, f"{task.id} {task.status}", task.progress, 100)

    def received(self, task: Task, received: int, total: int | None) -> None:
        """Show how much of the results of a task has come."""
        self._update(task, f"{task.id} {describe_download(received, total)}", received, total)

    def _update(self, task: Task, text: str, completed: float, total: float | None) -> None:
        price = "" if task.credits is None else f"{task.credits:g} credits"
        if task.id not in self._rows:
            self._rows[task.id] = self._progress.add_task(text, total=total, task=task, credits=price)
        self._progress.update(
            self._rows[task.id], description=text, completed=completed, total=total, credits=price
        )
