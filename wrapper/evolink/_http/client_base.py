"""What both clients are: settings, and the flows of a call."""

from __future__ import annotations

import copy
import logging
import math
import os
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import httpx

from .._contract import index as _contract
from .._core import config as _arguments
from .._core import errors as _errors
from .._core import overrides as _ambient
from .._tasks.state import is_task
from . import request as _requests
from . import response as _replies
from . import retry as _retry
from .call import Access, Call, Invoke
from .io import Sleep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from .._contract.index import Operation
    from .call import Outcome
    from .response import Reply

DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
DEFAULT_MAX_RETRIES = 2
# httpx's own default is too short for a submission, whose outcome would be unknown.
_HTTPX_TIMEOUT = httpx.Timeout(5.0)

_log = logging.getLogger("evolink")


class _Now(Protocol):
    def now(self) -> float: ...


class _Io(Protocol):
    """The half of `Io` and `AsyncIo` that settings and flows use."""

    @property
    def http(self) -> httpx.Client | httpx.AsyncClient: ...

    @property
    def clock(self) -> _Now: ...


IoT = TypeVar("IoT", bound=_Io)


class BaseClient(Generic[IoT]):
    """Settings and flows of a client; what is left to the subclasses is to run the flows."""

    _http_kind: ClassVar[type[httpx.Client | httpx.AsyncClient]]
    _io: IoT
    _owns_http: bool
    _access: Access
    _timeout: httpx.Timeout
    _max_retries: int
    _validate: bool

    def __repr__(self) -> str:
        base_url = self._access.base_url
        return f"{type(self).__name__}({f'base_url={base_url!r}' if base_url else ''})"

    def _configure(
        self,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout: float | httpx.Timeout | None,
        max_retries: int,
        validate: bool,
        http_client: httpx.Client | httpx.AsyncClient | None,
    ) -> None:
        if http_client is not None and not isinstance(http_client, self._http_kind):
            raise _errors.InvalidRequest(
                f"http_client: {type(self).__name__} needs an httpx.{self._http_kind.__name__}"
            )
        if base_url is None and http_client is not None and http_client.base_url.host:
            base_url = str(http_client.base_url)
        if timeout is None and http_client is not None and http_client.timeout != _HTTPX_TIMEOUT:
            timeout = http_client.timeout
        self._access = Access(
            _arguments.api_key(api_key),
            _arguments.base_url(base_url or os.environ.get(_arguments.URL_VARIABLE)),
            is_callers=http_client is not None,
        )
        self._timeout = _arguments.timeout(timeout, DEFAULT_TIMEOUT)
        self._max_retries = _arguments.count("max_retries", max_retries, least=0)
        self._validate = validate
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
        twin = copy.copy(self)
        for name in [name for name in twin.__dict__ if not name.startswith("_")]:
            del twin.__dict__[name]  # resources that were made for this client
        twin._owns_http = False
        if api_key is not None or base_url is not None:
            twin._access = Access(
                self._access.api_key if api_key is None else _arguments.api_key(api_key),
                self._access.base_url if base_url is None else _arguments.base_url(base_url),
                is_callers=self._access.is_callers,
            )
        twin._timeout = _arguments.timeout(timeout, self._timeout)
        if max_retries is not None:
            twin._max_retries = _arguments.count("max_retries", max_retries, least=0)
        twin._validate = self._validate if validate is None else validate
        return twin

    def _prepared(self, operation: Operation, body: Any) -> Any:
        """The body, checked if this client checks."""
        if self._validate:
            ambient = _ambient.current()
            _requests.check(
                operation, body, allow_local=ambient is not None and ambient.allow_local_callbacks
            )
        return body

    async def _called(self, call: Call, *, max_retries: int | None = None) -> Outcome:
        """Call the API, again where that is safe; a flow."""
        limit = self._max_retries if max_retries is None else max_retries
        failures = 0
        while True:
            try:
                return await Invoke(self._access, call)
            except _errors.APIError as error:
                failures += 1
                left = math.inf if call.deadline is None else call.deadline - self._io.clock.now()
                delay = _retry.next_attempt(error, failures, max_retries=limit, time_left=left)
                if delay is None:
                    raise
                _log.info("%s: %s; again in %.1f s", call.operation.id, _headline(error), delay)
            await Sleep(delay)

    async def _submitted(
        self,
        operation: Operation,
        body: dict[str, Any],
        *,
        key: str | None,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
    ) -> Reply:
        """Submit a job; a flow."""
        call = Call(
            operation,
            {},
            body=_requests.Body("application/json", self._prepared(operation, body)),
            timeout=_arguments.timeout(timeout, self._timeout),
            deadline=deadline,
            idempotency_key=_requests.idempotency_key(key),
            is_readable=is_task,
        )
        reply = (await self._called(call)).reply
        request_id = _replies.hide(reply.request_id or "none", self._access.api_key)
        _log.info("%s: submitted as task %s (request id %s)", operation.id, reply.json()["id"], request_id)
        return reply

    async def _fetched(
        self,
        task_id: str,
        query: str | None,
        *,
        deadline: float | None = None,
        max_retries: int | None = None,
    ) -> Reply:
        """Ask how a task is; a flow."""
        known = _contract.contract()
        operation = known.task_query if query is None else known.find(query)
        call = Call(
            operation,
            {operation.path_parameters[0]: _arguments.path_value(operation.path_parameters[0], task_id)},
            timeout=self._timeout,
            deadline=deadline,
            is_readable=is_task,
        )
        return (await self._called(call, max_retries=max_retries)).reply

    async def _answered(
        self, operation_id: str, body: object, files: Mapping[str, Any] | None, params: Mapping[str, Any]
    ) -> Any:
        """Call any operation; a flow."""
        operation = _contract.contract().find(operation_id)
        arguments = operation.arguments(params)
        for name in operation.path_parameters:
            _arguments.path_value(name, arguments[name])
        sent: _requests.Body | None = None
        if _requests.is_complete(operation, body):
            arguments["body"] = body
        elif body is not None or files is not None:
            sent = _requests.body_for(operation, body, files)
            if files is None and not isinstance(sent.value, bytes):
                self._prepared(operation, sent.value)
        outcome = await self._called(
            Call(
                operation,
                arguments,
                body=sent,
                timeout=self._timeout,
                idempotency_key=_requests.idempotency_key(None) if operation.is_job else None,
            )
        )
        if outcome.fault is not None:
            raise _errors.APIResponseError(
                f"the reply is not what the contract says ({outcome.fault})",
                status=outcome.reply.status_code,
                request_id=_replies.hide(outcome.reply.request_id or "", self._access.api_key) or None,
            )
        return outcome.parsed

    def _resource_operations(self, name: str) -> list[Operation]:
        """What an attribute of the client stands for.

        Raises:
            AttributeError: The contract knows no such resource.
        """
        resources = _contract.contract().resources if not name.startswith("_") else {}
        if name in resources:
            return resources[name]
        known = f"; the contract knows {', '.join(sorted(resources))}" if resources else ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{known}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_contract.contract().resources})


def _headline(error: _errors.APIError) -> str:
    """The error without what the API put into words: those may repeat the prompt."""
    return " ".join(
        str(part) for part in (type(error).__name__, error.status, error.code) if part is not None
    )
