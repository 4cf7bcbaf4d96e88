"""Downloading the results of a task, a few at a time."""

from __future__ import annotations

import contextlib
import functools
import io
import math
import os
from collections import deque
from typing import TYPE_CHECKING

from .._core import arguments, errors
from .._core.recovery import Recovery, add_note
from .._http.io import WorkerPool
from .session import DownloadSession
from .sink import FileSink, StreamSink
from .target import targets
from .transfer import ResultDownload

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .._http.client_base import BaseClient
    from .._http.io import ClientIO
    from .session import OnProgress
    from .sink import Sink
    from .target import Target
    from .transfer import DownloadableTask

# More connections to one host bring little, and are not kind to it.
_CONCURRENCY = 4
_LONGEST_LIST = 50


async def download(
    client: BaseClient,
    task: DownloadableTask,
    target: Target,
    *,
    on_progress: OnProgress | None,
    allow_unknown_size: bool,
    timeout: float | None,
) -> list[Path]:
    """Download every result of a task. Arguments as for `Task.download`.

    Raises:
        DownloadError: There is nothing to download, or it did not work.
    """
    limit = arguments.check_seconds("timeout", timeout, math.inf)
    arguments.check_callback("on_progress", on_progress)
    deadline = None if math.isinf(limit) else client._io.now() + limit
    if task._lacks_results:
        await Recovery({None: task.id}).guard(task._refresh(client, deadline=deadline))
    sinks = await client._io.run_in_thread(functools.partial(_sinks, task, target))
    session = DownloadSession(
        sinks, on_progress=on_progress, timeout=limit, deadline=deadline, now=client._io.now
    )
    results = [
        ResultDownload(client, task, number, sink, session, allow_unknown_size=allow_unknown_size)
        for number, sink in enumerate(sinks)
    ]
    try:
        await _Queue(results, session).run(client._io)
        return [result.path for result in results if result.path is not None]
    except BaseException as error:
        session.stop()
        add_note(error, _how_to_resume(task.id, results, is_file=isinstance(sinks[0], FileSink)))
        # A thread that hangs in a request is left alone; without its file, it can only end.
        await client._io.run_in_thread(functools.partial(_close, sinks), is_cleanup=True)
        raise


class _Queue:
    """The results that are still to be downloaded."""

    def __init__(self, results: Sequence[ResultDownload], session: DownloadSession) -> None:
        self._errors: dict[int, errors.EvoLinkError] = {}
        self._waiting = deque(results)
        self._session = session

    async def run(self, client_io: ClientIO) -> None:
        """Download them, a few at a time.

        Raises:
            EvoLinkError: Of the first result that failed. The others are downloaded: they are paid for too.
        """
        pool = WorkerPool(min(len(self._waiting), _CONCURRENCY))
        try:
            await client_io.gather(pool, [self._work() for _ in range(pool.size)])
        finally:
            pool.shutdown()
        for number in sorted(self._errors):
            raise self._errors[number]

    async def _work(self) -> None:
        """Download one result after the other until none is left."""
        while (result := self._next()) is not None:
            try:
                await result.run()
            except errors.EvoLinkError as error:
                if error is self._session.failure:
                    raise
                error._task = result.task
                self._errors[result.number] = error

    def _next(self) -> ResultDownload | None:
        with contextlib.suppress(IndexError):
            return None if self._session.is_stopped else self._waiting.popleft()
        return None


def _sinks(task: DownloadableTask, target: Target) -> list[Sink]:
    """One sink for each result."""
    links = task.results
    is_path = isinstance(target, (str, os.PathLike))
    if isinstance(target, io.TextIOBase) or not (is_path or hasattr(target, "write")):
        raise arguments.wrong_type("target", "a path or a writable binary file", target)
    if not links:
        state = "has no results" if task.status == "completed" else f"is {task.status}: wait for it first"
        raise errors.DownloadError(f"the task {state}", task=task)
    if isinstance(target, (str, os.PathLike)):
        return [
            FileSink(each, task.id, number) for number, each in enumerate(targets(target, task.id, links))
        ]
    if len(links) > 1:
        raise errors.DownloadError(f"the task has {len(links)} results: they need a folder", task=task)
    return [StreamSink(target)]


def _close(sinks: Sequence[Sink]) -> None:
    for sink in sinks:
        sink.close()


def _how_to_resume(task_id: str, results: Sequence[ResultDownload], *, is_file: bool) -> str:
    """What a person needs to go on with downloads that did not end."""
    done = [result.path for result in results if result.is_done]
    names = ", ".join(str(path) for path in done[:_LONGEST_LIST])
    more = f" and {len(done) - _LONGEST_LIST} more" if len(done) > _LONGEST_LIST else ""
    files = f" ({names}{more})" if done and is_file else ""
    return (
        f"task {task_id}: {len(done)} of {len(results)} results are complete{files}; call download again with"
        f" the same target to {'resume' if is_file else 'restart'}"
        f" (in another process: client.tasks.get({task_id!r}).download(...))"
    )
