"""A task and what can be done with it, for both clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core.recovery import Recovery
from .._downloads.download import download
from .._http.io import run
from .state import BaseTask
from .waiter import TaskWaiter, check_wait

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

    from .._downloads.session import OnProgress
    from .._downloads.target import Target
    from .._http.client_base import BaseClient


class _WaitableTask(BaseTask):
    """What both kinds of task share of their waits."""

    async def _wait(
        self,
        client: BaseClient,
        timeout: float | None,
        on_update: Callable[[Any], object] | None,
        poll_interval: float | None,
    ) -> None:
        check_wait(poll_interval=poll_interval, on_update=on_update)
        waiter = TaskWaiter(client, self, timeout=timeout, poll_interval=poll_interval)
        if self._lacks_results:
            await self._refresh(client, deadline=waiter.deadline)
        await waiter.wait_until_done(on_update)


class Task(_WaitableTask):
    """A task of an `EvoLink` client."""

    def refresh(
        self,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> Task:
        """Query the task.

        Args:
            extra_headers: Headers for the request; they replace those of the client.
            extra_query: Query parameters for the request.

        Returns:
            This task, brought up to date.
        """
        run(self._refresh(self._required_client()._with_extras(extra_headers, extra_query)))
        return self

    def wait(
        self,
        timeout: float | None = None,
        *,
        on_update: Callable[[Task], object] | None = None,
        poll_interval: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> Task:
        """Wait until the task is completed.

        Args:
            timeout: Seconds to wait at most, requests and sleeps included; 30 minutes if None, and
                `math.inf` for no limit. With 0 it polls once.
            on_update: Called with the task at each change.
            poll_interval: Fixed seconds between polls, in place of the schedule.
            extra_headers: Headers for the polls; they replace those of the client.
            extra_query: Query parameters for the polls.

        Returns:
            This task, completed.

        Raises:
            TaskFailed: It failed.
            TaskCancelled: It was cancelled.
            TaskTimeout: It was not done in time; it still runs, and can be waited for again.
            APIStatusError: The API refused the query. Outages (5xx, network) are retried until the deadline.
        """
        client = self._required_client()._with_extras(extra_headers, extra_query)
        run(Recovery({None: self.id}).guard(self._wait(client, timeout, on_update, poll_interval)))
        return self

    def updates(
        self,
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> Iterator[Task]:
        """Watch the task until it is done, whether it completes or fails.

        Args:
            timeout: As for `wait`.
            poll_interval: As for `wait`.
            extra_headers: As for `wait`.
            extra_query: As for `wait`.

        Yields:
            This task, at each change.

        Raises:
            TaskTimeout: It was not done in time.
            APIStatusError: The API refused the query.
        """
        client = self._required_client()._with_extras(extra_headers, extra_query)
        waiter = TaskWaiter(client, self, timeout=timeout, poll_interval=poll_interval)
        recovery = Recovery({None: self.id})
        while not self.done:
            run(recovery.guard(waiter.wait_for_change()))
            yield self

    def download(
        self,
        target: Target = ".",
        *,
        on_progress: OnProgress | None = None,
        allow_unknown_size: bool = False,
        timeout: float | None = None,
    ) -> list[Path]:
        """Download the results, each completely or not at all, a few at a time.

        Received bytes stay in `NAME.part` (with `NAME.part.json`) until the file is complete: the next call,
        from this process or another, resumes it. An existing file is replaced.

        Args:
            target: A folder, a file, or a binary stream. A path is a folder if it ends in a separator, has no
                suffix or exists as one, and is made if it is missing. Several results into one file are
                numbered; a stream takes one result.
            on_progress: Called with the bytes received and the total, over all results; the total is None
                until all sizes are known. A sync client downloads several results at once in threads, and
                calls it from these, never twice at a time.
            allow_unknown_size: Accept a result whose size the host does not state, so that a truncated one
                may pass for complete.
            timeout: Seconds that all of it may take, retries included; None for no limit.

        Returns:
            The paths, in the order of `results`; none for a stream.

        Raises:
            ResultExpired: The link no longer works, and the API gave no new one.
            DownloadTimeout: It was not done in time.
            IncompleteDownload: The transfer broke off and could not be resumed, or the size is unknown.
            DownloadError: There is no result, the host refuses, or the file cannot be written. Of several
                results, the others are downloaded all the same.
        """
        return run(
            download(
                self._required_client(),
                self,
                target,
                on_progress=on_progress,
                allow_unknown_size=allow_unknown_size,
                timeout=timeout,
            )
        )


class AsyncTask(_WaitableTask):
    """A task of an `AsyncEvoLink` client."""

    async def refresh(
        self,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> AsyncTask:
        """As `Task.refresh`."""
        await self._refresh(self._required_client()._with_extras(extra_headers, extra_query))
        return self

    async def wait(
        self,
        timeout: float | None = None,
        *,
        on_update: Callable[[AsyncTask], object] | None = None,
        poll_interval: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> AsyncTask:
        """As `Task.wait`; `on_update` may be a coroutine function."""
        client = self._required_client()._with_extras(extra_headers, extra_query)
        await Recovery({None: self.id}).guard(self._wait(client, timeout, on_update, poll_interval))
        return self

    async def updates(
        self,
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[AsyncTask]:
        """As `Task.updates`."""
        client = self._required_client()._with_extras(extra_headers, extra_query)
        waiter = TaskWaiter(client, self, timeout=timeout, poll_interval=poll_interval)
        recovery = Recovery({None: self.id})
        while not self.done:
            await recovery.guard(waiter.wait_for_change())
            yield self

    async def download(
        self,
        target: Target = ".",
        *,
        on_progress: OnProgress | None = None,
        allow_unknown_size: bool = False,
        timeout: float | None = None,
    ) -> list[Path]:
        """As `Task.download`."""
        return await download(
            self._required_client(),
            self,
            target,
            on_progress=on_progress,
            allow_unknown_size=allow_unknown_size,
            timeout=timeout,
        )
