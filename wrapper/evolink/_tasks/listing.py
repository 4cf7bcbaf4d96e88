"""The part of a client that finds tasks and waits for many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .._contract import index
from .._core import arguments
from .._http import response
from .._http.io import run
from .._http.pages import DEFAULT_LIMIT, fetch_pages
from .batch import DEFAULT_CONCURRENCY, PollScheduler
from .task import AsyncTask, Task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from .._http.client_base import BaseClient


# Within the classes, `list` is their method.
TaskList: TypeAlias = list[Task]
AsyncTaskList: TypeAlias = list[AsyncTask]

_MISSING = "This list is not offered to every account: client.tasks.get(ID) finds a task by its id."


class Tasks:
    """Finds tasks of the account and waits for many, as `client.tasks`."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def get(
        self,
        task_id: str,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> Task:
        """Get a task by its id, from any process.

        Args:
            task_id: Its `Task.id`.
            extra_headers: Headers for the request; they replace those of the client.
            extra_query: Query parameters for the request.

        Raises:
            NotFound: There is no such task.
            APIError: The API did not answer, or refused.
        """
        response = run(self._client._with_extras(extra_headers, extra_query)._retrieve(task_id, None))
        return Task(self._client, response.json(), request_id=self._client._request_id(response))

    def list(
        self,
        status: str | None = None,
        model: str | None = None,
        limit: int = DEFAULT_LIMIT,
        *,
        type: str | None = None,  # noqa: A002 - as the API calls it
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> TaskList:
        """List the account's tasks, newest first, from as many pages as are needed.

        Listed tasks have no links to results: `download`, `wait` and `refresh` retrieve them first.
        A task that was just submitted may still be missing.

        Args:
            status: Only tasks in this state.
            model: Only tasks of this model.
            limit: How many at most.
            type: Only tasks with this kind of output, such as `video`.
            extra_headers: Headers for the requests; they replace those of the client.
            extra_query: Query parameters for the requests.

        Raises:
            APIError: The API did not answer, or does not offer this to the account.
        """
        client = self._client._with_extras(extra_headers, extra_query)
        listed = run(_list(client, {"status": status, "model": model, "type": type}, limit))
        return [Task(self._client, raw, is_listed=True) for raw in listed]

    def as_completed(
        self,
        tasks: Iterable[Task],
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> Iterator[Task]:
        """Wait for many tasks over few connections.

        Args:
            tasks: Tasks of this client, in any state.
            timeout: Seconds for all of them together, as for `Task.wait`.
            poll_interval: As for `Task.wait`.
            concurrency: How many requests are in flight at most.
            extra_headers: Headers for the requests; they replace those of the client.
            extra_query: Query parameters for the requests.

        Yields:
            Each task as soon as it is done, whether it completed or failed.

        Raises:
            TaskTimeout: Some were not done in time; it carries one of them.
            APIStatusError: The API refused the query.
        """
        scheduler = PollScheduler(
            self._client._with_extras(extra_headers, extra_query),
            tasks,
            timeout=timeout,
            poll_interval=poll_interval,
            concurrency=concurrency,
        )
        try:
            while (task := run(scheduler.next_done())) is not None:
                yield task
        finally:
            scheduler.workers.shutdown()

    def wait_all(
        self,
        tasks: Iterable[Task],
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> TaskList:
        """As `as_completed`, until all are done.

        Returns:
            The tasks in the order given. Those that failed are among them: look at `status`.
        """
        scheduler = PollScheduler(
            self._client._with_extras(extra_headers, extra_query),
            tasks,
            timeout=timeout,
            poll_interval=poll_interval,
            concurrency=concurrency,
        )
        given = scheduler.given
        try:
            while run(scheduler.next_done()) is not None:
                pass
        finally:
            scheduler.workers.shutdown()
        return given


class AsyncTasks:
    """As `Tasks`, awaited; `client.tasks` of an `AsyncEvoLink`."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    async def get(
        self,
        task_id: str,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> AsyncTask:
        """As `Tasks.get`."""
        response = await self._client._with_extras(extra_headers, extra_query)._retrieve(task_id, None)
        return AsyncTask(self._client, response.json(), request_id=self._client._request_id(response))

    async def list(
        self,
        status: str | None = None,
        model: str | None = None,
        limit: int = DEFAULT_LIMIT,
        *,
        type: str | None = None,  # noqa: A002 - as the API calls it
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> AsyncTaskList:
        """As `Tasks.list`."""
        client = self._client._with_extras(extra_headers, extra_query)
        listed = await _list(client, {"status": status, "model": model, "type": type}, limit)
        return [AsyncTask(self._client, raw, is_listed=True) for raw in listed]

    async def as_completed(
        self,
        tasks: Iterable[AsyncTask],
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[AsyncTask]:
        """As `Tasks.as_completed`."""
        scheduler = PollScheduler(
            self._client._with_extras(extra_headers, extra_query),
            tasks,
            timeout=timeout,
            poll_interval=poll_interval,
            concurrency=concurrency,
        )
        while (task := await scheduler.next_done()) is not None:
            yield task

    async def wait_all(
        self,
        tasks: Iterable[AsyncTask],
        timeout: float | None = None,
        *,
        poll_interval: float | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> AsyncTaskList:
        """As `Tasks.wait_all`."""
        scheduler = PollScheduler(
            self._client._with_extras(extra_headers, extra_query),
            tasks,
            timeout=timeout,
            poll_interval=poll_interval,
            concurrency=concurrency,
        )
        given = scheduler.given
        while await scheduler.next_done() is not None:
            pass
        return given


async def _list(client: BaseClient, filters: Mapping[str, str | None], limit: int) -> list[dict[str, Any]]:
    for name, value in filters.items():
        if value is not None and not isinstance(value, str):
            raise arguments.wrong_type(name, "a string", value)
    role = index.contract().required_role("task-list")
    return await fetch_pages(client, role, "tasks", filters, limit=limit, identify=_task_id, missing=_MISSING)


def _task_id(raw: dict[str, Any]) -> str | None:
    return raw["id"] if response.is_task(raw) else None
