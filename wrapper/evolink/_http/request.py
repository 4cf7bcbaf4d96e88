"""Requests: bodies from what the caller passed, their validation, and the HTTP requests."""

from __future__ import annotations

import functools
import json
import logging
import math
import re
import sys
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from evolink_api import media_types

from .._contract import index
from .._core.config import LONGEST_TIMEOUT, wrong_type
from .._core.errors import EvoLinkError, InvalidRequest
from .transport_errors import TRANSPORT_ERRORS, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evolink_api.validation import Validator, Violation

    from .._contract.index import APIOperation
    from .._core.config import ClientConfig
    from .._core.recovery import Recovery
    from .io import ClientIO
    from .response import APIResponse

# The last request before a deadline gets this much time, so that it has a chance.
SHORTEST_TIMEOUT = 1.0

_log = logging.getLogger("evolink")
# Of an address; a drive of Windows has one letter.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_KEY = re.compile(r"[A-Za-z0-9._-]{16,96}", re.ASCII)
# An address may give access to what it leads to; of one in a log, the name of the file is enough.
_LINK = re.compile(r'\w+://[^\s"?#]*/([^\s"?#/]*)[^\s"]*')
_PACKAGE_FOLDER = str(Path(__file__).parent.parent)
# The property that tells requests of one operation apart.
MODEL = "model"
# Begins the links that stand in place of local files until these are uploaded.
PLACEHOLDER = "https://local-file.invalid/"
_LONGEST_LIST = 3
_warned_of: set[str] = set()
# A task is polled again and again, and parsing its address costs as much as reading the response.
_parsed_url = functools.lru_cache(maxsize=1024)(httpx.URL)


class UnknownModelWarning(UserWarning):
    """The contract does not know the model: the request is sent unchecked."""


class DeprecatedModelWarning(UserWarning):
    """The model is deprecated or retired; given once in a process for each model."""


class RequestBody(NamedTuple):
    """A body and how it is written."""

    content_type: str
    value: Any
    files: Mapping[str, Any] | None = None

    def httpx_arguments(self) -> dict[str, Any]:
        """The argument of `httpx.Request` that writes it."""
        if self.content_type == media_types.MULTIPART:
            # Plain fields first, as a server reads them before the long file.
            fields = [(name, (None, _field(value))) for name, value in (self.value or {}).items()]
            return {"files": [*fields, *(self.files or {}).items()]}
        if media_types.is_json(self.content_type):
            return {"json": self.value}
        return {"data" if self.content_type == media_types.URL_ENCODED else "content": self.value}


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


def is_complete(operation: APIOperation, body: object) -> bool:
    """Whether a body is a generated object whose class alone says how it is sent."""
    if hasattr(body, "to_multipart"):  # it carries its files
        return True
    is_of_json = type(body).__name__ == operation.detail["request_class"]
    return hasattr(body, "to_dict") and len(operation.content_types) > 1 and not is_of_json


def body_for(operation: APIOperation, body: Any, files: Mapping[str, Any] | None) -> RequestBody:
    """The body of any operation, of the documented content type that fits what was given.

    Args:
        operation: What it is for.
        body: JSON values, form fields, text, bytes, a binary file, or a generated object. A file is read at
            once: what is sent again must be the same again.
        files: For uploads, as httpx takes them.

    Raises:
        InvalidRequest: It cannot be written as any of them.
    """
    if files is not None:
        return RequestBody(media_types.MULTIPART, {} if body is None else as_json(body), files)
    kinds = operation.content_types
    fitting = [kind for kind in kinds if media_types.is_json(kind)] or [
        kind for kind in kinds if kind in media_types.FORMS
    ]
    raw = [kind for kind in kinds if not media_types.is_json(kind) and kind not in media_types.FORMS]
    kind = getattr(body, "mime_type", None)  # of a generated file
    body = getattr(body, "payload", body)
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, (bytes, bytearray)) or (isinstance(body, str) and not fitting):
        named = kind or next(iter(raw), media_types.OCTET_STREAM)
        return RequestBody(
            media_types.OCTET_STREAM if "*" in named else named,
            bytes(body) if isinstance(body, bytearray) else body,
        )
    return RequestBody(next(iter(fitting), media_types.JSON), as_json(body))


def with_extra_body(body: RequestBody | None, extra: Mapping[str, Any]) -> RequestBody:
    """A body with the fields of `extra_body`, which replace those of the same names.

    Raises:
        InvalidRequest: The body has no fields.
    """
    if body is None:
        return RequestBody(media_types.JSON, as_json(extra))
    if not isinstance(body.value, dict):
        raise InvalidRequest(
            "extra_body: the body is no object that could take more fields", param="extra_body"
        )
    return body._replace(value={**body.value, **as_json(extra)})


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
        TypeError: It is no string.
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


def as_json(value: Any) -> Any:
    """A body as plain JSON values, independent of the caller's objects.

    Args:
        value: JSON values, or a generated request object.

    Raises:
        InvalidRequest: It has a value without JSON form.
    """
    if hasattr(value, "to_dict"):
        value = value.to_dict()
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()  # half a surrogate pair
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        reason = str(error)
    raise InvalidRequest(f"the body cannot be written as JSON: {reason}")


def generation_body(request: object, params: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a generation task, given as keywords, as a mapping, as both, or as one request object.

    Raises:
        InvalidRequest: A field is given twice, or there are keywords beside a request object.
        TypeError: The request is nothing of the kind.
    """
    if isinstance(request, Mapping):
        twice = sorted(request.keys() & params.keys())
        if twice:
            raise InvalidRequest(f"{twice[0]}: is in the body and a keyword too", param=twice[0])
        request, params = {**request, **params}, {}
    if request is not None and params:
        raise InvalidRequest(
            f"give the request object or keywords, not both (got {', '.join(sorted(params))} too)"
        )
    body = as_json(dict(params) if request is None else request)
    if not isinstance(body, dict):
        raise wrong_type("request", "an object of named parameters", request)
    return body


def operation_for(operations: Sequence[APIOperation], body: Mapping[str, Any]) -> APIOperation:
    """The operation that knows the body's model; the first if none does."""
    model = body.get(MODEL)
    for operation in operations:
        if isinstance(model, str) and model in (operation.models or ()):
            return operation
    return operations[0]


def check(operation: APIOperation, body: Any, *, allow_local: bool) -> None:
    """Compare a body with the contract.

    Raises:
        InvalidRequest: With all violations.
    """
    model = body.get(MODEL) if isinstance(body, Mapping) else None
    if operation.models is not None:
        if not isinstance(model, str):
            raise _model_error(operation, body)
        if model not in operation.models:
            _refuse_misspelled_model(model)
            _warn_of_model(operation, model)
            return
    validator = operation.validator(model if operation.models is not None else None, allow_local=allow_local)
    if validator is None:
        return
    violations = validator.violations(body)
    if violations:
        raise violation_error(_with_file_hints(validator, body, violations))
    for warning in validator.warnings(body):
        if PLACEHOLDER in warning:
            continue
        _log.warning("%s", _LINK.sub(r"…/\1", warning))


def warn_of_lifecycle(operation: APIOperation, body: Any) -> None:
    """Warn of a model that is deprecated or retired, once in a process."""
    model = body.get(MODEL) if operation.lifecycles and isinstance(body, Mapping) else None
    if not isinstance(model, str) or model not in operation.lifecycles or model in _warned_of:
        return
    _warned_of.add(model)
    lifecycle = operation.lifecycles[model]
    since = f" since {lifecycle['since']}" if "since" in lifecycle else ""
    hint = f"; use {lifecycle['replacement']!r} instead" if "replacement" in lifecycle else ""
    warnings.warn(
        f"the model {model!r} is {lifecycle['status']}{since}{hint}",
        DeprecatedModelWarning,
        stacklevel=_stack_level(),
    )


def _with_file_hints(validator: Validator, body: Any, violations: Sequence[Violation]) -> Sequence[Violation]:
    """Say how a local file is given, of strings that look like its path where a link belongs."""
    from evolink_api.local_files import takes_file  # noqa: PLC0415 - generated code is loaded when needed

    paths = {
        violation.path: f"pathlib.Path({violation.value!r})"
        for violation in violations
        if violation.rule in {"format", "url"}
        and isinstance(violation.value, str)
        and _SCHEME.match(violation.value) is None
    }
    places = {path for path, schema, _ in validator.walk(body) if path in paths and takes_file(schema)}
    hinted: list[Violation] = []
    for violation in violations:
        if violation.path in places:
            places.remove(violation.path)  # one rule of several
            hint = paths[violation.path]
            hinted.append(
                type(violation)(
                    violation.path,
                    violation.rule,
                    violation.value,
                    f"{violation.message}; a local file is given as {hint}",
                    hint,
                )
            )
        else:
            hinted.append(violation)
    return hinted


def violation_error(violations: Sequence[Violation]) -> InvalidRequest:
    """The error of a body that breaks the contract."""
    shown = "; ".join(violation.message for violation in violations[:_LONGEST_LIST])
    more = len(violations) - _LONGEST_LIST
    first = violations[0]
    return InvalidRequest(
        f"{shown}; and {more} more" if more > 0 else shown,
        param=first.path or None,
        suggestion=first.suggestion,
        violations=tuple(violations),
    )


def _model_error(operation: APIOperation, body: object) -> InvalidRequest:
    from evolink_api.validation import Violation  # noqa: PLC0415 - generated code is loaded when needed

    known = ", ".join(operation.models or ())
    if isinstance(body, Mapping) and MODEL in body:
        message = f"{MODEL}: must be the name of a model, one of {known}"
        return violation_error([Violation(MODEL, "type", body[MODEL], message)])
    return violation_error([Violation(MODEL, "required", None, f"{MODEL}: is missing, one of {known}")])


def _refuse_misspelled_model(model: str) -> None:
    """Refuse an id that no API would take for what is meant, `sora2` for `sora-2`.

    Raises:
        InvalidRequest: With the right id.
    """
    from evolink_api.validation import Violation  # noqa: PLC0415 - generated code is loaded when needed

    meant = index.contract().model_meant(model)
    if meant is not None and meant != model:
        message = (
            f"{MODEL}: {model!r} is misspelled, the contract calls it {meant!r} (validate=False sends it)"
        )
        raise violation_error([Violation(MODEL, "enum", model, message, meant)])


def _warn_of_model(operation: APIOperation, model: str) -> None:
    nearest = index.suggest(model, operation.models or ())
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    warnings.warn(
        f"the contract has no model {model!r}: the request is sent unchecked{hint}",
        UnknownModelWarning,
        stacklevel=_stack_level(),
    )


def _stack_level() -> int:
    """How many frames up the caller of this package is."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE_FOLDER):
        frame = frame.f_back
        level += 1
    return level


def _field(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


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
