"""Downloading every result of a task, a few at a time."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING, Any

from .._core import errors as _errors
from .._http.io import Crew, Gather
from .._tasks.state import is_completed
from . import policy as _download
from .target import FileSink, StreamSink
from .transfer import Transfer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .._http.client_base import BaseClient
    from .._tasks.state import BaseTask
    from .policy import OnProgress, Target
    from .target import Sink

# More connections to one host bring little, and are not kind to it.
_AT_ONCE = 4


async def download(
    client: BaseClient[Any],
    task: BaseTask,
    target: Target,
    *,
    on_progress: OnProgress | None,
    allow_unknown_size: bool,
) -> list[Path]:
    """Download every result of a task; a flow.

    Raises:
        DownloadError: There is nothing to download, or it did not work.
    """
    sinks = _sinks(task, target)
    loads = _Loads(sinks, on_progress)
    transfers = [
        Transfer(client, task, index, sink, on_bytes=loads.report, allow_unknown_size=allow_unknown_size)
        for index, sink in enumerate(sinks)
    ]
    crew = Crew(min(len(transfers), _AT_ONCE))
    try:
        await Gather(crew, [loads.bring(transfers) for _ in range(crew.size)])
    except BaseException:
        loads.stop()
        raise
    finally:
        crew.dismiss()
    for index in sorted(loads.faults):
        error = loads.faults[index]
        error._task = task
        raise error
    return [path for _, path in sorted(loads.paths.items())]


class _Loads:
    """The results of a task on their way, in several threads or tasks of an event loop."""

    def __init__(self, sinks: Sequence[Sink], on_progress: OnProgress | None) -> None:
        self.paths: dict[int, Path] = {}
        self.faults: dict[int, _errors.EvoLinkError] = {}
        self._turns = iter(range(len(sinks)))
        self._sinks = sinks
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._is_stopped = False

    async def bring(self, transfers: Sequence[Transfer]) -> None:
        """Bring one result after the other, until there are none left; a flow.

        One that fails leaves the others alone: they are paid for too.
        """
        while (index := self._next()) is not None:
            try:
                path = await transfers[index].run()
            except _errors.EvoLinkError as error:
                self.faults[index] = error
            except BaseException:  # a fault in the caller's function, or the wish to stop
                self.stop()
                raise
            else:
                if path is not None:
                    self.paths[index] = path

    def _next(self) -> int | None:
        with self._lock:
            return None if self._is_stopped else next(self._turns, None)

    def stop(self) -> None:
        """Start no more, and let those under way end with their next bytes; the parts stay."""
        self._is_stopped = True

    def report(self, sink: Sink) -> None:
        """Tell the caller of bytes that have come, in all results together."""
        if self._is_stopped:
            raise _errors.IncompleteDownload(f"stopped after {sink.offset} bytes")
        if self._on_progress is None:
            return
        with self._lock:
            totals = [each.known.total for each in self._sinks]
            known = [total for total in totals if total is not None]
            whole = sum(known) if len(known) == len(totals) else None
            self._on_progress(sum(each.offset for each in self._sinks), whole)


def _sinks(task: BaseTask, target: Target) -> list[Sink]:
    links = task.results
    if not links:
        state = "has no results" if is_completed(task) else f"is {task.status}: wait for it first"
        raise _errors.DownloadError(f"the task {state}", task=task)
    if isinstance(target, (str, os.PathLike)):
        places = _download.places(target, task.id, links)
        return [FileSink(place, task.id, index) for index, place in enumerate(places)]
    if isinstance(target, io.TextIOBase):
        raise _errors.InvalidRequest("the stream must be binary")
    if len(links) > 1:
        raise _errors.DownloadError(f"the task has {len(links)} results: they need a folder", task=task)
    return [StreamSink(target)]
