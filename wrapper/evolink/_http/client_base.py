"""What `EvoLink` and `AsyncEvoLink` share: their settings, and how they call the API."""

from __future__ import annotations

import contextlib
import copy
import functools
import logging
import math
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import httpx

from .._contract import index
from .._core import arguments, config, errors, extras, logs, overrides, redaction
from .._core.config import httpx2_classes
from .._core.recovery import Recovery
from .._core.redaction import redact
from . import bodies, failures, request, response, retry, validation
from .request import APICall
from .response import APIResponse, BodyReader
from .route import Route
from .transport_errors import TRANSPORT_ERRORS, describe, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    import httpx2

    from .._contract.index import APIOperation
    from .._core.config import ClientConfig
    from .._core.events import Event
    from .bodies import RequestBody
    from .io import ClientIO
    from .observer import CallObserver
    from .transport_errors import TransportFailure

_log = logging.getLogger("evolink")


class BaseClient:
    """Settings and calls of a client; the subclasses bring the I/O."""

    _http_kind: ClassVar[type[httpx.Client | httpx.AsyncClient]]
    _io: ClientIO
    _config: ClientConfig
    # Whether closing this client closes the connections.
    _owns_http: bool
    # Called right before a request is written that is not safe to repeat.
    _before_write: Callable[[], None] | None = None

    def __repr__(self) -> str:
        settings = vars(self).get("_config")  # missing while the client is made
        base_url = settings and settings.base_url
        return f"{type(self).__name__}({f'base_url={base_url!r}' if base_url else ''})"

    def __copy__(self) -> Self:
        clone = object.__new__(type(self))
        clone.__dict__.update(self.__dict__)
        return clone

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"{name} cannot be pickled: it has connections and a key; make one in each process")

    def _configure(self, *, http_client: Any, **arguments: Any) -> None:
        kind = self._http_kind
        kinds = (kind, *httpx2_classes(kind))
        if http_client is not None and not isinstance(http_client, kinds):
            raise errors.ArgumentTypeError(
                f"http_client: {type(self).__name__} needs an httpx.{kind.__name__} or httpx2.{kind.__name__}"
            )
        try:
            self._config = config.ClientConfig.from_arguments(http_client=http_client, **arguments)
        except errors.MissingAPIKey as error:
            page = index.contract().api_keys_page
            error.advice = f"Keys are made at {page}." if page else None
            error._advise(error.advice)
            error._advise("Without a key, the mock answers: `evolink-mock serve`, or evolink_mock in tests.")
            raise
        self._owns_http = http_client is None
        logs.configure()

    def with_options(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | httpx2.Timeout | None = None,
        max_retries: int | None = None,
        validate: bool | None = None,
        trust_idempotency: bool | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> Self:
        """A client with other settings over the same connections; closing it closes nothing.

        Args:
            api_key: Another key.
            base_url: Another address in place of every documented host.
            timeout: The timeout of one request, in seconds or as an `httpx.Timeout`.
            max_retries: How many attempts may follow the first.
            validate: Whether bodies are checked before they are sent.
            trust_idempotency: Whether a submission may be sent once more under its idempotency key.
            on_event: Another function for events.
        """
        clone = copy.copy(self)
        for name in [name for name in clone.__dict__ if not name.startswith("_")]:
            del clone.__dict__[name]  # resources that were made for this client
        clone._owns_http = False
        clone._config = self._config.changed(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            validate=validate,
            trust_idempotency=trust_idempotency,
            on_event=on_event,
        )
        return clone

    def _with_check(self, before_write: Callable[[], None]) -> Self:
        """A client that calls a function right before it writes a request that is not safe to repeat.

        The function may raise; transports that know no extension `trace` do not call it.
        """
        clone = self.with_options()
        clone._before_write = before_write
        return clone

    def _with_extras(self, headers: Mapping[str, str] | None, query: Mapping[str, Any] | None) -> Self:
        """This client for one call, with what `extra_headers` and `extra_query` add to its requests."""
        if headers is None and query is None:
            return self
        clone = copy.copy(self)
        clone._config = self._config.with_extras(extras.check_headers(headers), extras.check_query(query))
        return clone

    async def _submit(self, call: APICall, recovery: Recovery, *, key: str | None) -> APIResponse:
        """Start a generation task."""
        recovery.idempotency_key = request.idempotency_key(key)
        call = call._replace(
            idempotency_key=recovery.idempotency_key, recovery=recovery, is_usable=response.has_task
        )
        # A paid reply must not be lost to a file that cannot be read then: with too many open files, or while
        # this package is upgraded.
        redaction.load()
        index.contract().load_for_tasks_of(call.operation)
        started = self._io.now()
        submitted = await self._request(call)
        task_id = submitted.json()["id"]
        recovery.task_ids[None] = task_id
        if _log.isEnabledFor(logging.INFO):
            _log.info(
                "%s: submitted as task %s (request id %s)",
                call.operation.id,
                redact(task_id, self._config.api_key),
                self._request_id(submitted) or "none",
            )
        if (observer := self._observer(call)) is not None:
            observer.submitted(submitted, started)
        return submitted

    async def _retrieve(
        self,
        task_id: str,
        query: str | None,
        *,
        deadline: float | None = None,
        max_retries: int | None = None,
        is_known: bool = False,
    ) -> APIResponse:
        """Query a task.

        Args:
            task_id: Which one.
            query: The operation that queries it; None for the one that the contract names for all tasks.
            deadline: When to give up.
            max_retries: How many attempts may follow the first.
            is_known: Whether the API itself has told this id, so that a reply about another task is wrong.
        """
        if not isinstance(task_id, str):
            raise arguments.wrong_type("task_id", "a string", task_id)
        contract = index.contract()
        operation = contract.task_query if query is None else contract.find(query)
        parameter = operation.path_parameters[0]
        call = APICall(
            operation,
            {parameter: request.check_path_value(parameter, task_id)},
            timeout=self._config.timeout,
            deadline=deadline,
            is_usable=functools.partial(response.has_task, task_id=task_id if is_known else None),
            task_id=task_id,
        )
        return await self._request(call, max_retries=max_retries)

    async def _call_operation(
        self,
        operation_id: str,
        body: Any,
        files: Mapping[str, Any] | None,
        params: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call any operation and return the generated reply object."""
        recovery = Recovery()
        operation = index.contract().find(operation_id)
        if idempotency_key is not None and not operation.is_generation:
            raise errors.InvalidRequest(
                f"{operation.id} takes no idempotency_key: it starts no task", param="idempotency_key"
            )
        return await recovery.guard(
            self._call(
                operation,
                body,
                files,
                params,
                recovery,
                idempotency_key=idempotency_key,
                extra_body=extra_body,
            )
        )

    async def _call(
        self,
        operation: APIOperation,
        body: Any,
        files: Mapping[str, Any] | None,
        params: Mapping[str, Any],
        recovery: Recovery,
        *,
        idempotency_key: str | None,
        extra_body: Mapping[str, Any] | None,
    ) -> Any:
        arguments = operation.arguments(params)
        for name in operation.path_parameters:
            request.check_path_value(name, arguments[name])
        sent: RequestBody | None = None
        if body is None and files is None:
            if operation.requires_body and extra_body is None:
                raise errors.InvalidRequest(f"{operation.id} needs a body")
        elif bodies.is_complete(operation, body):
            arguments["body"] = body
        else:
            sent = await self._io.run_in_thread(functools.partial(bodies.body_for, operation, body, files))
            if files is None and not isinstance(sent.value, bytes):
                self._validate(operation, sent.value)
        if extra_body is not None:
            if "body" in arguments:
                raise errors.InvalidRequest(
                    "extra_body: a form object takes no more fields", param="extra_body"
                )
            sent = bodies.with_extra_body(sent, extras.check_body(extra_body))
        call = APICall(operation, arguments, body=sent, timeout=self._config.timeout)
        if operation.is_generation:
            received = await self._submit(call, recovery, key=idempotency_key)
        else:
            received = await self._request(call)
        try:
            return operation.module.parse_response(received.status, received.headers, received.content)
        except Exception as error:  # noqa: BLE001 - generated code fails in any way on an odd body
            reason = redact(describe(error), self._config.api_key)
        raise errors.APIResponseError(
            f"the reply is not what the contract says ({reason})",
            status=received.status,
            request_id=redact(received.request_id or "", self._config.api_key) or None,
        )

    def _request_id(self, received: APIResponse) -> str | None:
        """The API's id of the request, to be shown."""
        request_id = received.request_id
        return None if request_id is None else redact(request_id, self._config.api_key)

    def _validate(self, operation: APIOperation, body: Any) -> None:
        """Check a body if this client checks bodies; warn of its model in any case."""
        validation.warn_of_lifecycle(operation, body)
        if self._config.validate:
            validation.check(operation, body, allow_local=overrides.current().allow_local_callbacks)

    async def _request(self, call: APICall, *, max_retries: int | None = None) -> APIResponse:
        """Call the API, again where `retry` allows it.

        Raises:
            APIError: The API did not answer as it should.
            InvalidRequest: The arguments make no request.
        """
        limit = self._config.max_retries if max_retries is None else max_retries
        observer = self._observer(call)
        failed = 0
        is_replayed = False
        # Whether an earlier attempt may have been charged, and whether none has reached the API at all.
        is_lost = False
        is_unsent = True
        while True:
            try:
                if observer is None:
                    return await self._send(call)
                return await observer.attempt(self._send)
            except errors.APIError as error:
                failed += 1
                is_unsent = is_unsent and isinstance(error, errors.APIConnectionError)
                delay = retry.retry_delay(
                    failed,
                    is_transient=error._is_transient or (error._is_replayable and not is_replayed),
                    max_retries=limit,
                    retry_after=error._retry_after,
                    time_left=math.inf if call.deadline is None else call.deadline - self._io.now(),
                )
                error.outcome_unknown = error.outcome_unknown or is_lost
                if call.recovery is not None:
                    call.recovery.is_posted = error.outcome_unknown
                if delay is None:
                    if is_unsent and call.operation.is_generation:
                        error._advise("Nothing was sent, and so nothing was charged.")
                    raise
                is_replayed = is_replayed or not error._is_transient
                is_lost = error.outcome_unknown and error.status != 429
                _log.info("%s: %s; again in %.1f s", call.operation.id, _headline(error), delay)
                if observer is not None:
                    observer.retry(error, delay)
            await self._io.sleep(delay)

    def _observer(self, call: APICall) -> CallObserver | None:
        """Who follows a call for `on_event`."""
        if self._config.emitter is None:
            return None
        from .observer import CallObserver  # noqa: PLC0415 - most clients have no on_event

        return CallObserver(call, self._config.emitter, self._config, self._io)

    async def _send(self, call: APICall) -> APIResponse:
        """Call the API once."""
        io = self._io
        if io.is_closed:
            raise errors.EvoLinkError("this client is closed: make a new one, or call it before it is closed")
        started = io.now()
        head: httpx.Response | None = None
        body = BodyReader(io.now)
        failure: TransportFailure | None = None
        sent: httpx.Request | None = None
        route: Route | None = None
        try:
            build = functools.partial(request.build, call, self._config, io, started)
            sent = await io.run_in_thread(build) if call.has_files else build()
            check = self._before_write
            if not call.operation.is_safe and (check is not None or io.proxy_for(sent.url) is not None):
                route = Route.watched(sent, io, check)
            if call.recovery is not None:
                call.recovery.is_posted = True
            head = await io.send(sent)
            body.expect(head.status_code, call.body_deadline(io.now()))
            await io.stream_to(head, body.write)
        except httpx.HTTPStatusError as error:  # a hook of the caller's own client raises for status
            head = error.response
            failure = failure_of(error, self._config.api_key)
            with contextlib.suppress(RuntimeError):  # ResponseNotRead, of httpx or httpx2
                body.add(head.content)
        except TRANSPORT_ERRORS as error:
            if route is None and sent is not None:
                route = Route(sent, io)
            failure = failure_of(error, self._config.api_key, route=route)
        # Raised here, outside of any handler: httpx's exceptions hold the request, and that holds the key.
        if head is not None and _log.isEnabledFor(logging.DEBUG):
            path = head.url.raw_path.partition(b"?")[0].decode("ascii")
            _log.debug(
                "%s %s: %d in %.3f s", call.operation.method, path, head.status_code, io.now() - started
            )
        received: APIResponse | None = None
        if head is not None:
            content = response.without_key(body.content, self._config.api_key)
            received = APIResponse(head.status_code, head.headers, content)
        is_complete = failure is None and not body.is_cut
        if received is not None and is_complete and response.is_good(received, call.is_usable):
            return received
        raise failures.error_of(call, received, failure, self._config, now=io.now(), is_cut=body.is_cut)

    def _resource_operations(self, name: str) -> list[APIOperation]:
        """The operations behind an attribute of the client.

        Raises:
            AttributeError: The contract knows no such resource.
        """
        resources = index.contract().resources if not name.startswith("_") else {}
        if name in resources:
            return resources[name]
        known = f"; the contract knows {', '.join(sorted(resources))}" if resources else ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{known}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *index.contract().resources})


def _headline(error: errors.APIError) -> str:
    """The error without the API's own text, which may repeat the prompt."""
    return " ".join(
        str(part) for part in (type(error).__name__, error.status, error.code) if part is not None
    )
