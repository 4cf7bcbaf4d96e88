"""The clients."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import httpx

from ._core import overrides as _ambient
from ._core.clock import REAL, REAL_ASYNC
from ._http.client_base import DEFAULT_MAX_RETRIES, BaseClient
from ._http.io import arun, run

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from types import TracebackType
    from typing import Self

    from evolink_api.params import Resources

    from ._core.overrides import AsyncClock, Clock
    from ._resources.callbacks import AsyncCallbacks, Callbacks
    from ._resources.generations import AsyncResource, Resource
    from ._tasks.task import AsyncTask, AsyncTasks, Task, Tasks

    class _Resources(Resources[Task, Task]):
        """What the contract adds to a client: one attribute for each resource."""

    class _AsyncResources(Resources[AsyncTask, Coroutine[Any, Any, AsyncTask]]):
        """The same, awaited."""

else:

    class _Resources:
        """At run time, `__getattr__` finds the resources in the contract's index."""

    class _AsyncResources:
        """As above."""


class _SyncIo:
    """What sync flows are run with."""

    def __init__(self, http: httpx.Client, clock: Clock | None) -> None:
        self.http = http
        self._clock = clock

    @property
    def clock(self) -> Clock:
        """The client's own clock, else that of the surroundings, else the real one."""
        if self._clock is not None:
            return self._clock
        ambient = _ambient.current()
        return REAL if ambient is None else ambient.clock


class _AsyncIo:
    """What async flows are run with."""

    def __init__(self, http: httpx.AsyncClient, clock: AsyncClock | None) -> None:
        self.http = http
        self._clock = clock

    @property
    def clock(self) -> AsyncClock:
        """As `_SyncIo.clock`."""
        if self._clock is not None:
            return self._clock
        ambient = _ambient.current()
        return REAL_ASYNC if ambient is None else ambient.async_clock


class EvoLink(_Resources, BaseClient[_SyncIo]):
    """A client of the EvoLink API.

    One client serves any number of threads; after a fork, make a new one.

    Every resource of the contract is an attribute, with `create` and `generate`: `client.videos.create(...)`.

    Args:
        api_key: `EVOLINK_API_KEY` of the environment if None.
        base_url: Takes the place of every documented host; `EVOLINK_BASE_URL` of the environment if None.
        timeout: Of one request, in seconds or as an `httpx.Timeout`; 60 s, and 10 s to connect, if None.
        max_retries: How many attempts may follow the first, where sending again is safe.
        validate: Whether bodies are checked against the contract before they are sent.
        http_client: The caller's own, used as it is: its proxies, certificates, hooks, `base_url` and
            timeout. It is neither changed nor closed.
        clock: Anything with `now()` and `sleep(seconds)`, for tests.

    Raises:
        MissingAPIKey: There is no key.
    """

    _http_kind = httpx.Client

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        max_retries: int = DEFAULT_MAX_RETRIES,
        validate: bool = True,
        http_client: httpx.Client | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._configure(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            validate=validate,
            http_client=http_client,
        )
        http = httpx.Client(timeout=self._timeout) if http_client is None else http_client
        self._io = _SyncIo(http, clock)

    if not TYPE_CHECKING:  # type checkers see the generated attributes alone, so that a slip shows

        def __getattr__(self, name: str) -> Resource:
            from ._resources.generations import Resource  # noqa: PLC0415  # with the first use of the contract

            resource = Resource(self, self._resource_operations(name))
            self.__dict__[name] = resource
            return resource

    @functools.cached_property
    def tasks(self) -> Tasks:
        """Finds tasks by their ids."""
        from ._tasks.task import Tasks  # noqa: PLC0415  # not needed to make a client

        return Tasks(self)

    @functools.cached_property
    def callbacks(self) -> Callbacks:
        """Reads what the API sends to a `callback_url`."""
        from ._resources.callbacks import Callbacks  # noqa: PLC0415  # not needed to make a client

        return Callbacks(self)

    def call(
        self,
        operation_id: str,
        *,
        body: object = None,
        files: Mapping[str, Any] | None = None,
        **path_and_query: Any,
    ) -> Any:
        """Call any operation of the contract, such as those that are no jobs.

        Args:
            operation_id: As in the contract, or as a document calls it.
            body: JSON values, form fields beside `files`, or a generated request object.
            files: For uploads, as httpx takes them.
            path_and_query: The documented parameters.

        Returns:
            The generated reply object.

        Raises:
            InvalidRequest: There is no such operation, or the arguments break the contract.
            APIError: The API did not answer as it should.
        """
        return run(self._answered(operation_id, body, files, path_and_query), self._io)

    def close(self) -> None:
        """Close the connections, unless they belong to the caller's client."""
        if self._owns_http:
            self._io.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncEvoLink(_AsyncResources, BaseClient[_AsyncIo]):
    """As `EvoLink`, awaited; on asyncio and on trio.

    Args:
        api_key: As for `EvoLink`.
        base_url: As for `EvoLink`.
        timeout: As for `EvoLink`.
        max_retries: As for `EvoLink`.
        validate: As for `EvoLink`.
        http_client: As for `EvoLink`, an `httpx.AsyncClient`.
        clock: As for `EvoLink`, with a coroutine function for `sleep`.

    Raises:
        MissingAPIKey: There is no key.
    """

    _http_kind = httpx.AsyncClient

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        max_retries: int = DEFAULT_MAX_RETRIES,
        validate: bool = True,
        http_client: httpx.AsyncClient | None = None,
        clock: AsyncClock | None = None,
    ) -> None:
        self._configure(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            validate=validate,
            http_client=http_client,
        )
        http = httpx.AsyncClient(timeout=self._timeout) if http_client is None else http_client
        self._io = _AsyncIo(http, clock)

    if not TYPE_CHECKING:  # as in EvoLink

        def __getattr__(self, name: str) -> AsyncResource:
            from ._resources.generations import AsyncResource  # noqa: PLC0415  # with the first use of the contract

            resource = AsyncResource(self, self._resource_operations(name))
            self.__dict__[name] = resource
            return resource

    @functools.cached_property
    def tasks(self) -> AsyncTasks:
        """Finds tasks by their ids."""
        from ._tasks.task import AsyncTasks  # noqa: PLC0415  # not needed to make a client

        return AsyncTasks(self)

    @functools.cached_property
    def callbacks(self) -> AsyncCallbacks:
        """Reads what the API sends to a `callback_url`."""
        from ._resources.callbacks import AsyncCallbacks  # noqa: PLC0415  # not needed to make a client

        return AsyncCallbacks(self)

    async def call(
        self,
        operation_id: str,
        *,
        body: object = None,
        files: Mapping[str, Any] | None = None,
        **path_and_query: Any,
    ) -> Any:
        """As `EvoLink.call`."""
        return await arun(self._answered(operation_id, body, files, path_and_query), self._io)

    async def aclose(self) -> None:
        """Close the connections, unless they belong to the caller's client."""
        if self._owns_http:
            await self._io.http.aclose()

    close = aclose

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
