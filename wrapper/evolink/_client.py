"""The clients."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import httpx

from ._core.config import DEFAULT_MAX_RETRIES
from ._http.client_base import BaseClient
from ._http.httpx_io import AsyncIO, BlockingIO
from ._http.io import run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from types import TracebackType
    from typing import Self

    import httpx2

    from evolink_api import params

    from ._core.events import Event
    from ._core.overrides import AsyncClock, Clock
    from ._resources.account import Credits
    from ._resources.callbacks import AsyncCallbacks, Callbacks
    from ._resources.files import AsyncFiles, Files
    from ._resources.generations import AsyncGenerations, Generations
    from ._resources.models import AsyncModel, Model
    from ._tasks.listing import AsyncTasks, Tasks
    from ._tasks.task import AsyncTask, Task
    from .bulk.client import AsyncBulk, Bulk

    class _Resources(params.Resources[Task, Task]):
        """What the contract adds to a client: one attribute for each resource."""

    class _AsyncResources(params.Resources[AsyncTask, Coroutine[Any, Any, AsyncTask]]):
        """The same, awaited."""

else:

    class _Resources:
        """At run time, `__getattr__` finds the resources in the contract's index."""

    class _AsyncResources:
        """As above."""


class EvoLink(_Resources, BaseClient):
    """A client of the EvoLink API.

    One client serves any number of threads, and keeps working in processes that are forked from its own.

    Every resource of the contract is an attribute, with `create` and `generate`: `client.videos.create(...)`.

    Args:
        api_key: The key; `EVOLINK_API_KEY` of the environment if None.
        base_url: Takes the place of every documented host; `EVOLINK_BASE_URL` of the environment if None.
        timeout: The timeout of one request, in seconds or as an `httpx.Timeout`; if None 60 s, and 10 s to
            connect.
        max_retries: How many attempts may follow the first, where sending again is safe.
        validate: Whether bodies are checked against the contract before they are sent.
        trust_idempotency: Submit a task once more, under the same idempotency key, after a lost connection,
            429, 502 or 503: the API is trusted to charge once for one key.
        http_client: The caller's own, an `httpx.Client` or an `httpx2.Client`, used as it is: its proxies,
            certificates, hooks, `base_url` and timeout. It is neither changed nor closed.
        on_event: Called with each `Event`: attempts, retries, submissions, polls and steps of downloads,
            without key, prompt or links. Several threads may call it at once.
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
        timeout: float | httpx.Timeout | httpx2.Timeout | None = None,
        max_retries: int = DEFAULT_MAX_RETRIES,
        validate: bool = True,
        trust_idempotency: bool = False,
        http_client: httpx.Client | httpx2.Client | None = None,
        on_event: Callable[[Event], object] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._configure(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            validate=validate,
            trust_idempotency=trust_idempotency,
            http_client=http_client,
            on_event=on_event,
        )
        if isinstance(http_client, httpx.Client | None):
            self._io = BlockingIO(http_client, clock)
        else:
            from ._http.httpx2 import Httpx2BlockingIO  # noqa: PLC0415 - httpx2 need not be installed

            self._io = Httpx2BlockingIO(http_client, clock)

    if not TYPE_CHECKING:  # type checkers see the generated attributes alone, so that a typo is an error

        def __getattr__(self, name: str) -> Generations:
            from ._resources.generations import Generations  # noqa: PLC0415 - with the first use of the contract

            resource = Generations(self, self._resource_operations(name))
            self.__dict__[name] = resource
            return resource

    @functools.cached_property
    def models(self) -> params.Models[Model, Task, Task]:
        """The models of the contract by their ids, each with its documentation and its own `create`."""
        from ._resources.models import Model, Models  # noqa: PLC0415 - not needed to make a client

        models: Any = Models(self, Model)  # type checkers see the generated signatures instead
        found: params.Models[Model, Task, Task] = models
        return found

    def model(self, model: str, /) -> Model:
        """The model of an id that is known at run time only; its keywords are checked when they are sent.

        Raises:
            KeyError: The contract has no such model.
        """
        found: Any = self.models[model]
        known: Model = found
        return known

    @functools.cached_property
    def tasks(self) -> Tasks:
        """Finds tasks, and waits for many."""
        from ._tasks.listing import Tasks  # noqa: PLC0415 - not needed to make a client

        return Tasks(self)

    @functools.cached_property
    def files(self) -> Files:
        """Files that the account stores, for models to work on."""
        from ._resources.files import Files  # noqa: PLC0415 - not needed to make a client

        return Files(self)

    def credits(
        self,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> Credits:
        """Query the credits of the account, and of the API key.

        Args:
            extra_headers: Headers for the request; they replace those of the client.
            extra_query: Query parameters for the request.

        Raises:
            APIError: The API did not answer, or refused.
        """
        from ._resources.account import retrieve_credits  # noqa: PLC0415 - not needed to make a client

        return run(retrieve_credits(self._with_extras(extra_headers, extra_query)))

    @functools.cached_property
    def callbacks(self) -> Callbacks:
        """Reads what the API sends to a `callback_url`."""
        from ._resources.callbacks import Callbacks  # noqa: PLC0415 - not needed to make a client

        return Callbacks(self)

    @functools.cached_property
    def bulk(self) -> Bulk:
        """Runs many jobs so that a crash loses nothing."""
        from .bulk.client import Bulk  # noqa: PLC0415 - not needed to make a client

        return Bulk(self)

    def call(
        self,
        operation_id: str,
        *,
        body: object = None,
        files: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **path_and_query: Any,
    ) -> Any:
        """Call any operation of the contract, such as those that start no task.

        Args:
            operation_id: As in the contract, or as a document calls it.
            body: JSON values, form fields beside `files`, or a generated request object.
            files: For uploads, as httpx takes them.
            idempotency_key: For an operation that starts a task, as for `create`.
            extra_headers: As for `create`.
            extra_query: As for `create`.
            extra_body: As for `create`.
            path_and_query: The documented parameters.

        Returns:
            The generated reply object.

        Raises:
            InvalidRequest: There is no such operation, or the arguments break the contract.
            SubmitOutcomeUnknown: As for `create`.
            APIError: The API did not answer as it should.
        """
        return run(
            self._with_extras(extra_headers, extra_query)._call_operation(
                operation_id,
                body,
                files,
                path_and_query,
                idempotency_key=idempotency_key,
                extra_body=extra_body,
            )
        )

    def close(self) -> None:
        """Close the connections, unless they belong to the caller's client."""
        if self._owns_http:
            run(self._io.close_http())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncEvoLink(_AsyncResources, BaseClient):
    """As `EvoLink`, awaited; on asyncio and on trio, in any number of event loops.

    Args:
        api_key: As for `EvoLink`.
        base_url: As for `EvoLink`.
        timeout: As for `EvoLink`.
        max_retries: As for `EvoLink`.
        validate: As for `EvoLink`.
        trust_idempotency: As for `EvoLink`.
        http_client: As for `EvoLink`, an `httpx.AsyncClient` or an `httpx2.AsyncClient`.
        on_event: As for `EvoLink`; a plain function, not a coroutine function.
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
        timeout: float | httpx.Timeout | httpx2.Timeout | None = None,
        max_retries: int = DEFAULT_MAX_RETRIES,
        validate: bool = True,
        trust_idempotency: bool = False,
        http_client: httpx.AsyncClient | httpx2.AsyncClient | None = None,
        on_event: Callable[[Event], object] | None = None,
        clock: AsyncClock | None = None,
    ) -> None:
        self._configure(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            validate=validate,
            trust_idempotency=trust_idempotency,
            http_client=http_client,
            on_event=on_event,
        )
        if isinstance(http_client, httpx.AsyncClient | None):
            self._io = AsyncIO(http_client, clock)
        else:
            from ._http.httpx2 import Httpx2AsyncIO  # noqa: PLC0415 - httpx2 need not be installed

            self._io = Httpx2AsyncIO(http_client, clock)

    if not TYPE_CHECKING:  # as in EvoLink

        def __getattr__(self, name: str) -> AsyncGenerations:
            from ._resources.generations import AsyncGenerations  # noqa: PLC0415 - with the first use of the contract

            resource = AsyncGenerations(self, self._resource_operations(name))
            self.__dict__[name] = resource
            return resource

    @functools.cached_property
    def models(self) -> params.Models[AsyncModel, AsyncTask, Coroutine[Any, Any, AsyncTask]]:
        """As `EvoLink.models`."""
        from ._resources.models import AsyncModel, Models  # noqa: PLC0415 - not needed to make a client

        models: Any = Models(self, AsyncModel)  # as in EvoLink
        found: params.Models[AsyncModel, AsyncTask, Coroutine[Any, Any, AsyncTask]] = models
        return found

    def model(self, model: str, /) -> AsyncModel:
        """As `EvoLink.model`."""
        found: Any = self.models[model]
        known: AsyncModel = found
        return known

    @functools.cached_property
    def tasks(self) -> AsyncTasks:
        """Finds tasks, and waits for many."""
        from ._tasks.listing import AsyncTasks  # noqa: PLC0415 - not needed to make a client

        return AsyncTasks(self)

    @functools.cached_property
    def files(self) -> AsyncFiles:
        """Files that the account stores, for models to work on."""
        from ._resources.files import AsyncFiles  # noqa: PLC0415 - not needed to make a client

        return AsyncFiles(self)

    async def credits(
        self,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> Credits:
        """As `EvoLink.credits`."""
        from ._resources.account import retrieve_credits  # noqa: PLC0415 - not needed to make a client

        return await retrieve_credits(self._with_extras(extra_headers, extra_query))

    @functools.cached_property
    def callbacks(self) -> AsyncCallbacks:
        """Reads what the API sends to a `callback_url`."""
        from ._resources.callbacks import AsyncCallbacks  # noqa: PLC0415 - not needed to make a client

        return AsyncCallbacks(self)

    @functools.cached_property
    def bulk(self) -> AsyncBulk:
        """Runs many jobs so that a crash loses nothing."""
        from .bulk.client import AsyncBulk  # noqa: PLC0415 - not needed to make a client

        return AsyncBulk(self)

    async def call(
        self,
        operation_id: str,
        *,
        body: object = None,
        files: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **path_and_query: Any,
    ) -> Any:
        """As `EvoLink.call`."""
        return await self._with_extras(extra_headers, extra_query)._call_operation(
            operation_id,
            body,
            files,
            path_and_query,
            idempotency_key=idempotency_key,
            extra_body=extra_body,
        )

    async def aclose(self) -> None:
        """Close the connections of this event loop, unless they belong to the caller's client."""
        if self._owns_http:
            await self._io.close_http()

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
