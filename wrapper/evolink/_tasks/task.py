"""Tasks, and the part of a client that finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._downloads.results import download
from .._http.io import arun, run
from .batch import DEFAULT_CONCURRENCY, Agenda
from .state import BaseTask
from .waiter import Watch, refresh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator
    from pathlib import Path

    from .._downloads.policy import OnProgress, Target
    from .._client import AsyncEvoLink, EvoLink


class Task(BaseTask):
    """A task of an `EvoLink` client."""

    def refresh(self) -> Task:
        """Ask the API how the task is.

        Returns:
            This task, brought up to date.
        """
        client = self._owner()
        run(refresh(client, self), client._io)
        return self

    def wait(
        self,
        timeout: float | None = None,
        *,
        on_update: Callable[[Task], object] | None = None,
        poll_interval: float | None = None,
    ) -> Task:
        """Wait until the task is completed.

        Args:
            timeout: Seconds to wait at most, over requests and sleeps together; 30 minutes if None, and
                `math.inf` for no limit. With 0 it asks once.
            on_update: Called with the task at each change.
            poll_interval: Fixed seconds between polls, in place of the schedule.

        Returns:
            This task, completed.

        Raises:
            TaskFailed: It failed.
            TaskCancelled: It was cancelled.
            TaskTimeout: It was not done in time; it goes on, and can be waited for again.
            APIStatusError: The API refuses to tell. Outages (5xx, network) are waited out.
        """
        client = self._owner()
        watch = Watch(client, self, timeout=timeout, poll_interval=poll_interval)
        run(watch.end(on_update), client._io)
        return self

    def updates(self, timeout: float | None = None, *, poll_interval: float | None = None) -> Iterator[Task]:
        """Watch the task until it is done, well or not.

        Args:
            timeout: As for `wait`.
            poll_interval: As for `wait`.

        Yields:
            This task, at each change.

        Raises:
            TaskTimeout: It was not done in time.
            APIStatusError: The API refuses to tell.
        """
        client = self._owner()
        watch = Watch(client, self, timeout=timeout, poll_interval=poll_interval)
        while not self.done:
            run(watch.change(), client._io)
            yield self

    def download(
        self,
        target: Target = ".",
        *,
        on_progress: OnProgress | None = None,
        allow_unknown_size: bool = False,
    ) -> list[Path]:
        """Download the results, each whole or not at all, a few at a time.

        What has come stays in `NAME.part` (with `NAME.part.json`) until the file is whole: the next call,
        from this process or another, goes on from there. A file that is there already is replaced.

        Args:
            target: A folder (it exists, or ends in a separator), a path, or a binary stream. Several results
                into one path are numbered; a stream takes one result.
            on_progress: Called with the bytes that have come and with the total, of all results together; the
                total is None until it is known of all. Several results come at once, in the sync world in
                threads of their own: it is called from there, never twice at a time.
            allow_unknown_size: Take a result of which the host does not tell the size, so that one that was
                cut may pass for whole.

        Returns:
            The paths, in the order of `results`; none for a stream.

        Raises:
            ResultExpired: The link no longer works, and the API gave no new one.
            IncompleteDownload: The result broke off and could not be gone on with, or its size is unknown.
            DownloadError: There is no result, the host refuses, or the file cannot be written. Of several
                results, the others are brought home all the same.
        """
        client = self._owner()
        flow = download(client, self, target, on_progress=on_progress, allow_unknown_size=allow_unknown_size)
        return run(flow, client._io)


class AsyncTask(BaseTask):
    """A task of an `AsyncEvoLink` client."""

    async def refresh(self) -> AsyncTask:
        """As `Task.refresh`."""
        client = self._owner()
        await arun(refresh(client, self), client._io)
        return self

    async def wait(
        self,
        timeout: float | None = None,
        *,
        on_update: Callable[[AsyncTask], object] | None = None,
        poll_interval: float | None = None,
    ) -> AsyncTask:
        """As `Task.wait`; `on_update` may be a coroutine function."""
        client = self._owner()
        watch = Watch(client, self, timeout=timeout, poll_interval=poll_interval)
        await arun(watch.end(on_update), client._io)
        return self

    async def updates(
        self,
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
    ) -> AsyncIterator[AsyncTask]:
        """As `Task.updates`."""
        client = self._owner()
        watch = Watch(client, self, timeout=timeout, poll_interval=poll_interval)
        while not self.done:
            await arun(watch.change(), client._io)
            yield self

    async def download(
        self,
        target: Target = ".",
        *,
        on_progress: OnProgress | None = None,
        allow_unknown_size: bool = False,
    ) -> list[Path]:
        """As `Task.download`."""
        client = self._owner()
        flow = download(client, self, target, on_progress=on_progress, allow_unknown_size=allow_unknown_size)
        return await arun(flow, client._io)


class Tasks:
    """`client.tasks`."""

    def __init__(self, client: EvoLink) -> None:
        self._client = client

    def get(self, task_id: str) -> Task:
        """Find a task by its id, from any process.

        Raises:
            NotFound: There is no such task.
            APIError: The API could not be asked, or refuses.
        """
        reply = run(self._client._fetched(task_id, None), self._client._io)
        return Task(self._client, reply.json(), query=None)

    def as_completed(
        self,
        tasks: Iterable[Task],
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> Iterator[Task]:
        """Watch many tasks at once over few connections.

        Args:
            tasks: Of this client, in any state.
            timeout: Seconds for all of them together, as for `Task.wait`.
            poll_interval: As for `Task.wait`.
            concurrency: How many requests are under way at most.

        Yields:
            Each task as soon as it is done, well or not.

        Raises:
            TaskTimeout: Some were not done in time; it carries one of them.
            APIStatusError: The API refuses to tell.
        """
        agenda = Agenda(
            self._client, tasks, timeout=timeout, poll_interval=poll_interval, concurrency=concurrency
        )
        try:
            while not agenda.is_empty:
                yield run(agenda.next_done(), self._client._io)
        finally:
            agenda.crew.dismiss()

    def wait_all(
        self,
        tasks: Iterable[Task],
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> list[Task]:
        """As `as_completed`, until all are done.

        Returns:
            The tasks in the order given. Those that failed are among them: look at `status`.
        """
        given = list(tasks)
        for _ in self.as_completed(given, timeout, poll_interval=poll_interval, concurrency=concurrency):
            pass
        return given


class AsyncTasks:
    """`client.tasks` of an `AsyncEvoLink`."""

    def __init__(self, client: AsyncEvoLink) -> None:
        self._client = client

    async def get(self, task_id: str) -> AsyncTask:
        """As `Tasks.get`."""
        reply = await arun(self._client._fetched(task_id, None), self._client._io)
        return AsyncTask(self._client, reply.json(), query=None)

    async def as_completed(
        self,
        tasks: Iterable[AsyncTask],
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> AsyncIterator[AsyncTask]:
        """As `Tasks.as_completed`."""
        agenda = Agenda(
            self._client, tasks, timeout=timeout, poll_interval=poll_interval, concurrency=concurrency
        )
        while not agenda.is_empty:
            yield await arun(agenda.next_done(), self._client._io)

    async def wait_all(
        self,
        tasks: Iterable[AsyncTask],
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> list[AsyncTask]:
        """As `Tasks.wait_all`."""
        given = list(tasks)
        async for _ in self.as_completed(
            given, timeout, poll_interval=poll_interval, concurrency=concurrency
        ):
            pass
        return given
