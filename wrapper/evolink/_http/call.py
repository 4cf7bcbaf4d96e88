"""One attempt of one call: between the generated function, which speaks httpx, and the connection."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
from inspect import Parameter
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from .._core import errors as _errors
from .._core.version import __version__
from . import response as _replies
from . import transport_errors as _faults
from .io import Copy, Effect, Open, arun, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._contract.index import Operation
    from .io import AsyncIo, Io
    from .request import Body

USER_AGENT = f"evolink-client/{__version__}"

# More than any reply of this API; a reply without end must not fill the memory.
_LONGEST_BODY = 64 * 2**20
_LONGEST_ERROR_BODY = 64 * 2**10
# The last request before a deadline gets this much time, so that it has a chance.
_SHORTEST_TIMEOUT = 1.0

_NOTHING = _replies.Reply(204, {}, b"")
# A task is asked for again and again, and taking its address apart costs as much as reading the reply.
_parsed_url = functools.lru_cache(maxsize=1024)(httpx.URL)
# A transport that neither answers nor fails has not been met, but is no reason to crash.
_NO_REPLY = _faults.Fault("no reply", is_unsent=False, is_hopeless=False, is_timeout=False)

_log = logging.getLogger("evolink")


class Call(NamedTuple):
    """What is asked of the API, and how."""

    operation: Operation
    arguments: Mapping[str, Any]
    timeout: httpx.Timeout
    body: Body | None = None
    deadline: float | None = None
    idempotency_key: str | None = None
    # Whether a success is what the caller can use; such a caller reads the JSON itself.
    is_readable: Callable[[_replies.Reply], bool] | None = None

    @property
    def keywords(self) -> Mapping[str, Any]:
        """What the generated function is called with; a body that it can do without it does not get."""
        if self.body is None:
            return self.arguments
        taken = self.operation.signature.get("body")
        if taken is not None and taken.default is not Parameter.empty:
            return self.arguments
        return {**self.arguments, "body": self.body}


class Outcome(NamedTuple):
    """A reply that the contract calls a success."""

    reply: _replies.Reply
    # What generated code made of it; None if it could not.
    parsed: Any
    fault: str | None


class Access:
    """Who asks, and where."""

    __slots__ = ("api_key", "base_url", "headers", "is_callers")

    def __init__(self, api_key: str, base_url: str | None, *, is_callers: bool) -> None:
        self.api_key = api_key
        self.base_url = base_url
        # Whether the httpx client is the caller's, with settings of its own that go into each request.
        self.is_callers = is_callers
        self.headers = httpx.Headers(
            {
                "Accept": "application/json",
                "User-Agent": USER_AGENT,
                "Authorization": f"Bearer {api_key}",
            }
        )
        if not is_callers:
            self.headers["Accept-Encoding"] = "gzip, deflate"

    def __repr__(self) -> str:
        return f"Access(api_key='***', base_url={self.base_url!r})"


class Invoke(Effect[Outcome]):
    """Call the API once, through the generated function."""

    __slots__ = ("_access", "_body", "_call", "_entered", "_reply")

    def __init__(self, access: Access, call: Call) -> None:
        self._access = access
        self._call = call
        self._entered = False
        self._reply: _replies.Reply | None = None

    def perform(self, io: Io) -> Outcome:
        """Block until the reply is read."""
        try:
            response = self._call.operation.module.sync_detailed(
                client=_Channel(self, io), **self._call.keywords
            )
        except Exception as error:  # noqa: BLE001  # generated code fails in any way on an odd reply
            return self._salvaged(error)
        return self._outcome(response.parsed)

    async def aperform(self, io: AsyncIo) -> Outcome:
        """Suspend until the reply is read."""
        try:
            response = await self._call.operation.module.asyncio_detailed(
                client=_AsyncChannel(self, io), **self._call.keywords
            )
        except Exception as error:  # noqa: BLE001  # as above
            return self._salvaged(error)
        return self._outcome(response.parsed)

    def _outcome(self, parsed: object, fault: str | None = None) -> Outcome:
        if self._reply is None:
            raise RuntimeError("the generated function returned without a request")
        return Outcome(self._reply, parsed, fault)

    def _salvaged(self, error: Exception) -> Outcome:
        if self._reply is not None:  # the reply is good, but not of the documented shape
            return self._outcome(None, _replies.hide(_faults.describe(error), self._access.api_key))
        if self._entered or isinstance(error, _errors.EvoLinkError):
            raise error
        raise _errors.InvalidRequest(
            f"{self._call.operation.id}: the arguments make no request ({_faults.describe(error)})"
        ) from None

    async def exchange(self, io: Io | AsyncIo, request: Mapping[str, Any]) -> _replies.Reply:
        """Send what generated code asks for and read the reply; a flow."""
        if io.http.is_closed:
            raise _errors.EvoLinkError("this client is closed")
        started = io.clock.now()
        response: httpx.Response | None = None
        body = _Body(io, self._call)
        fault: _faults.Fault | None = None
        try:
            built = self._build(io, request)
            self._entered = True
            response = await Open(built, plain=False)
            body.expect(response.status_code)
            await Copy(response, body)
        except httpx.HTTPStatusError as error:  # a hook of the caller's own client raises for status
            response = error.response
            fault = _faults.fault_of(error, self._access.api_key)
            with contextlib.suppress(httpx.ResponseNotRead):
                body(response.content)
        except _faults.TRANSPORT_ERRORS as error:
            fault = _faults.fault_of(error, self._access.api_key)
        # Raised here, outside of any handler: httpx's exceptions hold the request, and that holds the key.
        if response is None:
            raise self._lost(fault or _NO_REPLY, None)
        self._reply = self._checked(response, body, fault, io.clock.now())
        _log.debug(
            "%s %s: %d in %.3f s",
            request["method"],
            request["url"],
            response.status_code,
            io.clock.now() - started,
        )
        # Who reads the JSON itself has no use for the generated objects, which take their time: the
        # generated function gets a reply that holds nothing to make them of.
        return self._reply if self._call.is_readable is None else _NOTHING

    def _build(self, io: Io | AsyncIo, request: Mapping[str, Any]) -> httpx.Request:
        call = self._call
        arguments = dict(request)
        if call.body is not None:
            call.body.write(arguments)
        headers = self._access.headers.copy()
        if "headers" in arguments:
            headers.update({name: _text(value) for name, value in arguments.pop("headers").items()})
        if "cookies" in arguments:
            arguments["cookies"] = {name: _text(value) for name, value in arguments["cookies"].items()}
        if "files" in arguments:
            headers.pop("Content-Type", None)  # httpx states a boundary that no content can hold
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        server = self._access.base_url or call.operation.server.rstrip("/")
        arguments["url"] = _parsed_url(server + arguments["url"])
        timeout = call.timeout
        if call.deadline is not None:
            timeout = _shorten(timeout, max(call.deadline - io.clock.now(), _SHORTEST_TIMEOUT))
        if self._access.is_callers or io.http.cookies:
            return io.http.build_request(**arguments, headers=headers, timeout=timeout)
        # Nothing to merge, and merging nothing is half of what httpx does for a request.
        return httpx.Request(**arguments, headers=headers, extensions={"timeout": timeout.as_dict()})

    def _checked(
        self, response: httpx.Response, body: _Body, fault: _faults.Fault | None, now: float
    ) -> _replies.Reply:
        reply = _replies.Reply(response.status_code, response.headers, bytes(body))
        status = _replies.refusal_status(reply)
        if status is not None:  # then the status says enough, even if the body is broken
            error = _replies.status_error(status, reply, now=now, secret=self._access.api_key)
            if isinstance(error, _errors.APIStatusError):
                raise self._known(error, again=status in {408, 429} or status >= 500)
            raise self._unreadable(error.message, reply)
        if fault is not None:
            raise self._lost(fault, reply)
        if body.is_cut:
            raise self._unreadable("the reply is longer than any of this API", reply)
        if self._call.is_readable is not None and not self._call.is_readable(reply):
            raise self._unreadable("the reply is not what the contract says", reply)
        return reply

    def _known(self, error: _errors.APIError, *, again: bool) -> _errors.APIError:
        """Add what the call knows: its key, and whether sending it again is safe."""
        error.idempotency_key = self._call.idempotency_key
        if not self._call.operation.is_safe:
            # Only a clear refusal is: whatever else happened may have happened after the charge.
            again = again and error.status == 429
            error.outcome_unknown = error.outcome_unknown or isinstance(error, _errors.ServerError)
        error._transient = again
        return error

    def _unreadable(self, message: str, reply: _replies.Reply) -> _errors.APIError:
        kind: type[_errors.APIError] = _errors.APIResponseError
        if self._call.operation.is_job:
            kind = _errors.SubmitOutcomeUnknown
        return self._known(kind(message, **self._details(reply)), again=True)

    def _lost(self, fault: _faults.Fault, reply: _replies.Reply | None) -> _errors.APIError:
        text = fault.text
        kind: type[_errors.APIError] = _errors.APIConnectionError
        if self._call.operation.is_job and not fault.is_unsent:
            kind = _errors.SubmitOutcomeUnknown
            text = f"the job may have been taken, but no good reply came ({text})"
        elif fault.is_timeout:
            kind = _errors.APITimeoutError
        error = self._known(kind(text, **self._details(reply)), again=not fault.is_hopeless)
        if not self._call.operation.is_safe:
            error.outcome_unknown = not fault.is_unsent
            error._transient = fault.is_unsent and not fault.is_hopeless
        return error

    def _details(self, reply: _replies.Reply | None) -> dict[str, Any]:
        if reply is None:
            return {}
        return {
            "status": reply.status_code,
            "request_id": _replies.hide(reply.request_id or "", self._access.api_key) or None,
            "body": _replies.shown(reply, self._access.api_key),
        }


class _Channel:
    """What the generated sync functions take for their client."""

    raise_on_unexpected_status = False

    def __init__(self, invoke: Invoke, io: Io) -> None:
        self._invoke = invoke
        self._io = io

    def get_httpx_client(self) -> _Channel:
        """The thing with a `request` method."""
        return self

    def request(self, **request: Any) -> _replies.Reply:
        """Send one request."""
        return run(self._invoke.exchange(self._io, request), self._io)


class _AsyncChannel:
    """What the generated async functions take for their client."""

    raise_on_unexpected_status = False

    def __init__(self, invoke: Invoke, io: AsyncIo) -> None:
        self._invoke = invoke
        self._io = io

    def get_async_httpx_client(self) -> _AsyncChannel:
        """The thing with a `request` method."""
        return self

    async def request(self, **request: Any) -> _replies.Reply:
        """Send one request."""
        return await arun(self._invoke.exchange(self._io, request), self._io)


class _Body:
    """Collects a body up to a limit of size and of time."""

    def __init__(self, io: Io | AsyncIo, call: Call) -> None:
        self._io = io
        self._call = call
        self._chunks: list[bytes] = []
        self._left = _LONGEST_BODY
        self._end = float("inf")
        self.is_cut = False

    def expect(self, status: int) -> None:
        """The head has come; the body may begin."""
        if not 200 <= status <= 299:
            self._left = _LONGEST_ERROR_BODY
        # httpx counts the time between two pieces only: a body that drips would never end.
        self._end = self._io.clock.now() + (self._call.timeout.read or float("inf"))
        if self._call.deadline is not None:
            self._end = min(self._end, max(self._call.deadline, self._io.clock.now() + _SHORTEST_TIMEOUT))

    def __call__(self, chunk: bytes) -> bool:
        self._chunks.append(chunk[: self._left])
        self.is_cut = len(chunk) > self._left
        self._left -= len(chunk)
        if self._io.clock.now() > self._end:
            raise httpx.ReadTimeout("the reply took too long")
        return self.is_cut

    def __bytes__(self) -> bytes:
        return b"".join(self._chunks)


def _text(value: object) -> str:
    """A header or a cookie as it goes over the wire: generated code leaves some as they were given."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)


def _shorten(timeout: httpx.Timeout, longest: float) -> httpx.Timeout:
    def cap(seconds: float | None) -> float:
        return longest if seconds is None else min(seconds, longest)

    return httpx.Timeout(
        connect=cap(timeout.connect), read=cap(timeout.read), write=cap(timeout.write), pool=cap(timeout.pool)
    )
