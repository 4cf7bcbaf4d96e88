"""What `generate` and `tasks` do with tasks that exist: wait for them, download them, tell how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .explain import failure_of
from .progress import progress_for
from .records import result_record, summary_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .. import EvoLink, Task
    from .progress import Progress
    from .session import Session


def finish(session: Session, client: EvoLink, tasks: Sequence[Task], *, folder: str | None) -> None:
    """Wait for tasks, show how each ends, and download what they made.

    Args:
        session: The session of this run; its exit code tells how it went.
        client: The client of the tasks.
        tasks: In any state.
        folder: Where results go, or the file if there is one task; None downloads nothing.
    """
    from .. import EvoLinkError

    began = session.now()
    session.unfinished.update(dict.fromkeys(task.id for task in tasks))
    files: list[Path] = []
    try:
        with progress_for(session) as progress:
            _follow(session, client, tasks, progress, folder, files)
    except EvoLinkError as error:
        session.fail(failure_of(error, session))
    finally:  # what has been downloaded is told even if an interrupt ends the rest
        for file in files:
            session.output.line(str(file))
    if folder is None:
        for link in (link for task in tasks for link in task.results):
            session.output.line(link)
    summary = summary_record(session.exit_code, tasks, files=len(files), elapsed=session.now() - began)
    session.output.record("summary", summary)


def _follow(
    session: Session,
    client: EvoLink,
    tasks: Sequence[Task],
    progress: Progress,
    folder: str | None,
    files: list[Path],
) -> None:
    """Wait for tasks, and conclude each as soon as it has ended; adds to the files."""
    by_id = {task.id: task for task in tasks}
    for task in tasks:
        progress.task(task)
    timeout = session.settings.timeout
    end = None if timeout is None else session.now() + timeout
    session.on_poll = lambda task_id: progress.task(by_id[task_id]) if task_id in by_id else None
    try:
        for task in client.tasks.as_completed(tasks, timeout):
            progress.task(task)
            files += _conclude(
                session, task, progress, folder, None if end is None else max(end - session.now(), 1.0)
            )
    finally:
        session.on_poll = None


def _conclude(
    session: Session, task: Task, progress: Progress, folder: str | None, timeout: float | None
) -> list[Path]:
    """Tell why a task failed, or download its results."""
    from .. import EvoLinkError

    files: list[Path] = []
    try:
        task.wait()  # it has ended: this raises the error of a task that failed
        if folder is not None:
            files = task.download(
                folder,
                on_progress=lambda received, total: progress.received(task, received, total),
                timeout=timeout,
            )
    except EvoLinkError as error:
        failure = failure_of(error, session)
        if failure.code in {"task_failed", "task_cancelled"}:
            del session.unfinished[task.id]
        session.fail(failure)
        return []
    for file in files:
        session.output.record("file", result_record(file, task.id))
    session.unfinished.pop(task.id, None)
    return files
