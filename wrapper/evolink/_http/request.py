"""One call of an operation, and the HTTP request that it makes."""

from __future__ import annotations

import functools
import json
import math
import re
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from .._core.arguments import wrong_type
from .._core.config import LONGEST_TIMEOUT
from .._core.errors import EvoLinkError, InvalidRequest
from .transport_errors import TRANSPORT_ERRORS, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._contract.index import APIOperation
    from .._core.config import ClientConfig
    from .._core.recovery import Recovery
    from .bodies import RequestBody
    from .io import ClientIO
    from .response import APIResponse

# The last requests before a deadline get this much time, so that they have a chance.
SHORTEST_TIMEOUT = 1.0

_KEY = re.compile(r"[A-Za-z0-9._-]{16,96}", re.ASCII)
# A task is polled again and again, and parsing its address costs as much as reading the response.
_parsed_url = functools.lru_cache(maxsize=1024)(httpx.URL)


class APICall(NamedTuple):
    """One call of an operation."""

    operation: APIOperation
    # For the generated `build_request`; with a `body` that is a complete generated object.
    arguments: Mapping[str, Any]
    timeout: httpx.Timeout
    body: RequestBody | None = None
    deadline: float | None = None
    idempotency_key: str | None = None
    # Of a query.
    task_id: str | None = None
    # Of a submission: told before anything is sent.
    recovery: Recovery | None = None
    # Whether the caller can use a response of status 2xx.
    is_usable: Callable[[APIResponse], bool] | None = None

    @property
    def has_files(self) -> bool:
        """Whether reading the body may mean reading files."""
        return "body" in self.arguments or (self.body is not None and self.body.files is not None)

    def body_deadline(self, now: float) -> float:
        """The time by which a response must be complete whose head has come now."""
        end = now + (self.timeout.read or float("inf"))
        return end if self.deadline is None else min(end, max(self.deadline, now + SHORTEST_TIMEOUT))


def build(call: APICall, config: ClientConfig, io: ClientIO, now: float) -> httpx.Request:
    """The HTTP request of a call.

    Raises:
        InvalidRequest: The arguments make no request.
        httpx.InvalidURL: They make no address.
    """
    try:
        return _build(call, config, io, now)
    except (EvoLinkError, *TRANSPORT_ERRORS):
        raise
    except Exception as error:  # noqa: BLE001 - generated code and httpx fail in any way on odd values
        reason = describe(error)
    raise InvalidRequest(f"{call.operation.id}: the arguments make no request ({reason})")


def _build(call: APICall, config: ClientConfig, io: ClientIO, now: float) -> httpx.Request:
    arguments: dict[str, Any] = call.operation.module.build_request(**call.arguments)
    headers = config.headers.copy()
    if "headers" in arguments:
        headers.update({name: _text(value) for name, value in arguments.pop("headers").items()})
    if "cookies" in arguments:
        arguments["cookies"] = {name: _text(value) for name, value in arguments["cookies"].items()}
    if call.body is not None:
        arguments.update(call.body.httpx_arguments())
        headers["Content-Type"] = call.body.content_type
    if "files" in arguments:
        headers.pop("Content-Type", None)  # httpx states a boundary that no content can hold
    if call.idempotency_key is not None:
        headers["Idempotency-Key"] = call.idempotency_key
    headers.update(config.extra_headers)
    if config.extra_query:
        arguments["params"] = {**(arguments.get("params") or {}), **config.extra_query}
    server = config.base_url or call.operation.server.rstrip("/")
    arguments["url"] = _parsed_url(server + arguments["url"])
    timeout = call.timeout
    if call.deadline is not None:
        timeout = shortened(timeout, call.deadline - now)
    # Merging nothing is half of what httpx does for a request.
    has_nothing_to_merge = config.has_own_http and not io.http.cookies
    return io.build_request(**arguments, headers=headers, timeout=timeout, is_bare=has_nothing_to_merge)


def check_path_value(name: str, given: object) -> object:
    """The value of a path parameter.

    Raises:
        InvalidRequest: It is empty or nothing but dots, and would make another path.
    """
    if not str(given).strip(". \t\r\n"):
        raise InvalidRequest(f"{name}: must not be empty, and is {given!r}", param=name)
    return given


def idempotency_key(given: str | None) -> str:
    """The key of a submission: the caller's, or a new one.

    Raises:
        InvalidRequest: The API takes no such key.
        TypeError: It is not a string.
    """
    if given is None:
        return f"evolink-{uuid.uuid4().hex}"
    if not isinstance(given, str):
        raise wrong_type("idempotency_key", "a string", given)
    if _KEY.fullmatch(given) is None:
        raise InvalidRequest(
            "idempotency_key: must be 16 to 96 characters of A-Z, a-z, 0-9, '.', '_' and '-'",
            param="idempotency_key",
        )
    return given


def _text(value: object) -> str:
    """A header or a cookie on the wire: generated code leaves some as they were given."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)


def shortened(timeout: httpx.Timeout, time_left: float) -> httpx.Timeout:
    """A timeout with no part longer than the time left before a deadline."""
    longest = max(time_left, SHORTEST_TIMEOUT)
    if math.isinf(longest):
        return timeout

    def cap(seconds: float | None) -> float | None:
        capped = longest if seconds is None else min(seconds, longest)
        return None if capped >= LONGEST_TIMEOUT else capped

    return httpx.Timeout(
        connect=cap(timeout.connect), read=cap(timeout.read), write=cap(timeout.write), pool=cap(timeout.pool)
    )
