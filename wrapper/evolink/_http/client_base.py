"""What `EvoLink` and `AsyncEvoLink` share: their settings, and how they call the API."""

from __future__ import annotations

import contextlib
import copy
import functools
import logging
import math
from typing import TYPE_CHECKING, Any, ClassVar

import httpx

from evolink_api import media_types

from .._contract import index
from .._core import config, errors, overrides
from . import request, response, retry
from .request import APICall
from .response import APIResponse, BodyReader
from .transport_errors import NO_RESPONSE, TRANSPORT_ERRORS, describe, failure_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from .._contract.index import APIOperation
    from .._core.config import ClientConfig
    from .io import ClientIO
    from .request import RequestBody
    from .retry import RetryDecision
    from .transport_errors import TransportFailure

_log = logging.getLogger("evolink")


class BaseClient:
    """Settings and calls of a client; the subclasses bring the I/O."""

    _http_kind: ClassVar[type[httpx.Client | httpx.AsyncClient]]
    _io: ClientIO
    _config: ClientConfig
    # Whether closing this client closes the connections.
    _owns_http: bool

    def __repr__(self) -> str:
        base_url = self._config.base_url
        return f"{type(self).__name__}({f'base_url={base_url!r}' if base_url else ''})"

    def _configure(self, *, http_client: httpx.Client | httpx.AsyncClient | None, **arguments: Any) -> None:
        if http_client is not None and not isinstance(http_client, self._http_kind):
            raise errors.InvalidRequest(
                f"http_client: {type(self).__name__} needs an httpx.{self._http_kind.__name__}"
            )
        self._config = config.ClientConfig.from_arguments(http_client=http_client, **arguments)
        self._owns_http = http_client is None

    def with_options(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = None,
        max_retries: int | None = None,
        validate: bool | None = None,
    ) -> Self:
        """A client with other settings over the same connections; closing it closes nothing.

        Args:
            api_key: Another key.
            base_url: Another address in place of every documented host.
            timeout: Of one request, in seconds or as an `httpx.Timeout`.
            max_retries: How many attempts may follow the first.
            validate: Whether bodies are checked before they are sent.
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
        )
        return clone

    async def _submit(
        self,
        operation: APIOperation,
        body: dict[str, Any],
        *,
        key: str | None,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
    ) -> APIResponse:
        """Start a generation task."""
        self._validate(operation, body)
        submitted = await self._request(
            APICall(
                operation,
                {},
                body=request.RequestBody(media_types.JSON, body),
                timeout=config.check_timeout(timeout, self._config.timeout),
                deadline=deadline,
                idempotency_key=request.idempotency_key(key),
                is_usable=response.has_task,
            )
        )
        _log.info(
            "%s: submitted as task %s (request id %s)",
            operation.id,
            submitted.json()["id"],
            response.redact(submitted.request_id or "none", self._config.api_key),
        )
        return submitted

    async def _retrieve(
        self,
        task_id: str,
        query: str | None,
        *,
        deadline: float | None = None,
        max_retries: int | None = None,
    ) -> APIResponse:
        """Query a task, by the operation named or by the one that the contract names for all tasks."""
        contract = index.contract()
        operation = contract.task_query if query is None else contract.find(query)
        parameter = operation.path_parameters[0]
        call = APICall(
            operation,
            {parameter: config.check_path_value(parameter, task_id)},
            timeout=self._config.timeout,
            deadline=deadline,
            is_usable=response.has_task,
        )
        return await self._request(call, max_retries=max_retries)

    async def _call_operation(
        self, operation_id: str, body: Any, files: Mapping[str, Any] | None, params: Mapping[str, Any]
    ) -> Any:
        """Call any operation and return the generated reply object."""
        operation = index.contract().find(operation_id)
        arguments = operation.arguments(params)
        for name in operation.path_parameters:
            config.check_path_value(name, arguments[name])
        sent: RequestBody | None = None
        if body is None and files is None:
            if operation.requires_body:
                raise errors.InvalidRequest(f"{operation.id} needs a body")
        elif request.is_complete(operation, body):
            arguments["body"] = body
        else:
            sent = await self._io.run_in_thread(functools.partial(request.body_for, operation, body, files))
            if files is None and not isinstance(sent.value, bytes):
                self._validate(operation, sent.value)
        received = await self._request(
            APICall(
                operation,
                arguments,
                body=sent,
                timeout=self._config.timeout,
                idempotency_key=request.idempotency_key(None) if operation.is_generation else None,
            )
        )
        try:
            return operation.module.parse_response(received.status, received.headers, received.content)
        except Exception as error:  # noqa: BLE001 - generated code fails in any way on an odd body
            reason = response.redact(describe(error), self._config.api_key)
        raise errors.APIResponseError(
            f"the reply is not what the contract says ({reason})",
            status=received.status,
            request_id=response.redact(received.request_id or "", self._config.api_key) or None,
        )

    def _validate(self, operation: APIOperation, body: Any) -> None:
        """Check a body if this client checks bodies."""
        if self._config.validate:
            request.check(operation, body, allow_local=overrides.current().allow_local_callbacks)

    async def _request(self, call: APICall, *, max_retries: int | None = None) -> APIResponse:
        """Call the API, again where `retry` allows it.

        Raises:
            APIError: The API did not answer as it should.
            InvalidRequest: The arguments make no request.
        """
        limit = self._config.max_retries if max_retries is None else max_retries
        failures = 0
        while True:
            try:
                return await self._send(call)
            except errors.APIError as error:
                failures += 1
                delay = retry.retry_delay(
                    failures,
                    is_transient=error._is_transient,
                    max_retries=limit,
                    retry_after=error._retry_after,
                    time_left=math.inf if call.deadline is None else call.deadline - self._io.now(),
                )
                if delay is None:
                    raise
                _log.info("%s: %s; again in %.1f s", call.operation.id, _headline(error), delay)
            await self._io.sleep(delay)

    async def _send(self, call: APICall) -> APIResponse:
        """Call the API once."""
        io = self._io
        if io.is_closed:
            raise errors.EvoLinkError("this client is closed")
        started = io.now()
        head: httpx.Response | None = None
        body = BodyReader(io.now)
        failure: TransportFailure | None = None
        try:
            build = functools.partial(request.build, call, self._config, io.http, started)
            sent = await io.run_in_thread(build) if call.has_files else build()
            head = await io.send(sent)
            body.expect(head.status_code, call.body_deadline(io.now()))
            await io.stream_to(head, body.write)
        except httpx.HTTPStatusError as error:  # a hook of the caller's own client raises for status
            head = error.response
            failure = failure_of(error, self._config.api_key)
            with contextlib.suppress(httpx.ResponseNotRead):
                body.add(head.content)
        except TRANSPORT_ERRORS as error:
            failure = failure_of(error, self._config.api_key)
        # Raised here, outside of any handler: httpx's exceptions hold the request, and that holds the key.
        if head is None:
            raise self._connection_error(call, failure or NO_RESPONSE, None)
        if _log.isEnabledFor(logging.DEBUG):
            path = head.url.raw_path.partition(b"?")[0].decode("ascii")
            _log.debug(
                "%s %s: %d in %.3f s", call.operation.method, path, head.status_code, io.now() - started
            )
        received = APIResponse(head.status_code, head.headers, body.content)
        wrong = self._error_of(call, received, failure, is_cut=body.is_cut)
        if wrong is not None:
            raise wrong
        return received

    def _error_of(
        self, call: APICall, received: APIResponse, failure: TransportFailure | None, *, is_cut: bool
    ) -> errors.APIError | None:
        """What is wrong with a response, if anything."""
        status = response.error_status(received)
        if status is not None:  # then the status says enough, even if the body is broken
            error = response.status_error(status, received, now=self._io.now(), secret=self._config.api_key)
            if not isinstance(error, errors.APIStatusError):
                return self._invalid_response(call, error.message, received)
            return _with_context(error, call, retry.after_status(status, is_safe=call.operation.is_safe))
        if failure is not None:
            return self._connection_error(call, failure, received)
        if is_cut:
            return self._invalid_response(call, "the reply is longer than any of this API", received)
        if call.is_usable is not None and not call.is_usable(received):
            return self._invalid_response(call, "the reply is not what the contract says", received)
        return None

    def _invalid_response(self, call: APICall, message: str, received: APIResponse) -> errors.APIError:
        kind: type[errors.APIError] = errors.APIResponseError
        if call.operation.is_generation:
            kind = errors.SubmitOutcomeUnknown
        decision = retry.after_invalid_response(is_safe=call.operation.is_safe)
        return _with_context(kind(message, **self._details(received)), call, decision)

    def _connection_error(
        self, call: APICall, failure: TransportFailure, received: APIResponse | None
    ) -> errors.APIError:
        text = failure.text
        kind: type[errors.APIError] = errors.APIConnectionError
        if call.operation.is_generation and not failure.not_sent:
            kind = errors.SubmitOutcomeUnknown
            text = f"the job may have been taken, but no good reply came ({text})"
        elif failure.is_timeout:
            kind = errors.APITimeoutError
        decision = retry.after_transport_failure(failure, is_safe=call.operation.is_safe)
        return _with_context(kind(text, **self._details(received)), call, decision)

    def _details(self, received: APIResponse | None) -> dict[str, Any]:
        if received is None:
            return {}
        return {
            "status": received.status,
            "request_id": response.redact(received.request_id or "", self._config.api_key) or None,
            "body": response.shown(received, self._config.api_key),
        }

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


def _with_context(error: errors.APIError, call: APICall, decision: RetryDecision) -> errors.APIError:
    """Add what the call knows to an error: its key, and what follows from the failure."""
    error.idempotency_key = call.idempotency_key
    error._is_transient = decision.is_transient
    error.outcome_unknown = error.outcome_unknown or decision.outcome_unknown
    return error


def _headline(error: errors.APIError) -> str:
    """The error without the API's own text, which may repeat the prompt."""
    return " ".join(
        str(part) for part in (type(error).__name__, error.status, error.code) if part is not None
    )
