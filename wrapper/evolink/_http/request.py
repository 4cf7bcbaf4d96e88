"""What is sent: made of what the caller gave, checked against the contract before anything leaves."""

from __future__ import annotations

import json
import logging
import re
import sys
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._contract.index import near
from .._core.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evolink_api.validation import Violation

    from .._contract.index import Operation

_log = logging.getLogger("evolink")
_KEY = re.compile(r"[A-Za-z0-9._-]{16,96}", re.ASCII)
_HERE = str(Path(__file__).parent.parent)
# The property by which the requests of one operation are told apart.
_MODEL = "model"
_NAMED = 3
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_BYTES = "application/octet-stream"


class UnknownModelWarning(UserWarning):
    """The contract knows no such model: the request is sent unchecked."""


class Body:
    """A request body. Generated functions are called with it, but what is sent is written here.

    They would pick the content type by the class of the body, and have a class for each.
    """

    def __init__(self, content_type: str, value: Any, files: Mapping[str, Any] | None = None) -> None:
        self.content_type = content_type
        self.value = value
        self.files = files

    def to_dict(self) -> Any:
        """What a generated function makes of it is of no account."""
        return self.value

    def to_multipart(self) -> list[tuple[str, Any]]:
        """For uploads: plain fields first, as a server reads them before the long file."""
        fields = [(name, (None, _field(value))) for name, value in (self.value or {}).items()]
        return [*fields, *(self.files or {}).items()]

    @property
    def payload(self) -> Any:
        """As `to_dict`."""
        return self.value

    def __iter__(self) -> Iterator[Any]:
        """As `to_dict`, for a function that takes a list."""
        return iter(())

    def write(self, request: dict[str, Any]) -> None:
        """Put it into httpx's arguments, in place of what is there."""
        for name in ("json", "data", "files", "content"):
            request.pop(name, None)
        headers = {
            name: value for name, value in request.pop("headers", {}).items() if name != "Content-Type"
        }
        if self.content_type == _MULTIPART:
            request["files"] = self.to_multipart()  # httpx states a boundary that no content can hold
        else:
            headers["Content-Type"] = self.content_type
            if is_json(self.content_type):
                request["json"] = self.value
            elif self.content_type == _FORM:
                request["data"] = self.value
            else:
                request["content"] = self.value
        request["headers"] = headers


def is_json(content_type: str) -> bool:
    """Whether a content type is JSON, of any kind."""
    return content_type.partition(";")[0].strip().endswith(("/json", "+json"))


def is_complete(operation: Operation, body: object) -> bool:
    """Whether it is a generated object whose class alone says how it is sent."""
    if hasattr(body, "to_multipart"):  # it carries its files
        return True
    is_of_json = type(body).__name__ == operation.detail["request_class"]
    return hasattr(body, "to_dict") and len(operation.content_types) > 1 and not is_of_json


def body_for(operation: Operation, body: Any, files: Mapping[str, Any] | None) -> Body:
    """The body of any operation, of the documented content type that fits what was given.

    Args:
        operation: What it is for.
        body: JSON values, form fields, text, bytes, a binary file, or a generated object.
        files: For uploads, as httpx takes them.

    Raises:
        InvalidRequest: It cannot be written as any of them.
    """
    if files is not None:
        return Body(_MULTIPART, {} if body is None else as_json(body), files)
    kinds = operation.content_types
    fitting = [kind for kind in kinds if is_json(kind)] or [
        kind for kind in kinds if kind in {_FORM, _MULTIPART}
    ]
    raw = [kind for kind in kinds if not is_json(kind) and kind not in {_FORM, _MULTIPART}]
    kind = getattr(body, "mime_type", None)  # of a generated file
    body = getattr(body, "payload", body)
    if hasattr(body, "read"):
        body = body.read()  # whole: what is sent again must be the same again
    if isinstance(body, (bytes, bytearray)) or (isinstance(body, str) and not fitting):
        named = kind or next(iter(raw), _BYTES)
        return Body(_BYTES if "*" in named else named, bytes(body) if isinstance(body, bytearray) else body)
    return Body(next(iter(fitting), _JSON), as_json(body))


def idempotency_key(given: str | None) -> str:
    """The key of a submission: the caller's, or a new one.

    Raises:
        InvalidRequest: The API takes no such key.
    """
    if given is None:
        return f"evolink-{uuid.uuid4().hex}"
    if not isinstance(given, str) or _KEY.fullmatch(given) is None:
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
        InvalidRequest: It has something that JSON cannot say.
    """
    if hasattr(value, "to_dict"):
        value = value.to_dict()
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()  # half a surrogate pair
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        fault = f"the body cannot be written as JSON: {error}"
    raise InvalidRequest(fault)


def job_body(request: object, params: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a job, given as keywords or as one request object."""
    if request is not None and params:
        raise InvalidRequest(
            f"give the request object or keywords, not both (got {', '.join(sorted(params))} too)"
        )
    body = as_json(dict(params) if request is None else request)
    if not isinstance(body, dict):
        raise InvalidRequest("the request must be an object of named parameters")
    return body


def operation_for(operations: Sequence[Operation], body: Mapping[str, Any]) -> Operation:
    """The operation that knows the body's model; the first if none does."""
    model = body.get(_MODEL)
    for operation in operations:
        if isinstance(model, str) and model in (operation.models or ()):
            return operation
    return operations[0]


def check(operation: Operation, body: Any, *, allow_local: bool) -> None:
    """Compare a body with the contract.

    Raises:
        InvalidRequest: With everything that is wrong.
    """
    model = body.get(_MODEL) if isinstance(body, Mapping) else None
    if operation.models is not None:
        if not isinstance(model, str):
            raise _no_model(operation, body)
        if model not in operation.models:
            _warn_of_model(operation, model)
            return
    validator = operation.validator(model if operation.models is not None else None, allow_local=allow_local)
    if validator is None:
        return
    violations = validator.violations(body)
    if violations:
        raise _refusal(violations)
    for warning in validator.warnings(body):
        _log.warning("%s", warning)


def _refusal(violations: Sequence[Violation]) -> InvalidRequest:
    shown = "; ".join(violation.message for violation in violations[:_NAMED])
    more = len(violations) - _NAMED
    first = violations[0]
    return InvalidRequest(
        f"{shown}; and {more} more" if more > 0 else shown,
        param=first.path or None,
        suggestion=first.suggestion,
        violations=tuple(violations),
    )


def _no_model(operation: Operation, body: object) -> InvalidRequest:
    from evolink_api.validation import Violation  # noqa: PLC0415  # generated code is loaded when needed

    known = ", ".join(operation.models or ())
    if isinstance(body, Mapping) and _MODEL in body:
        message = f"{_MODEL}: must be the name of a model, one of {known}"
        return _refusal([Violation(_MODEL, "type", body[_MODEL], message)])
    return _refusal([Violation(_MODEL, "required", None, f"{_MODEL}: is missing, one of {known}")])


def _warn_of_model(operation: Operation, model: str) -> None:
    nearest = near(model, operation.models or ())
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    warnings.warn(
        f"the contract has no model {model!r}: the request is sent unchecked{hint}",
        UnknownModelWarning,
        stacklevel=_outside(),
    )


def _outside() -> int:
    """How many frames up the caller of this package is."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
        level += 1
    return level


def _field(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()
