"""The bodies of requests, made from what the caller passed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from evolink_api import media_types

from .._core.arguments import wrong_type
from .._core.errors import InvalidRequest

if TYPE_CHECKING:
    from .._contract.index import APIOperation


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
            "extra_body: the body is not an object that could take more fields", param="extra_body"
        )
    return body._replace(value={**body.value, **as_json(extra)})


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
    if request is None:
        body = as_json(dict(params))
    elif isinstance(request, Mapping):
        twice = sorted(request.keys() & params.keys())
        if twice:
            raise InvalidRequest(f"{twice[0]}: is in the body and a keyword too", param=twice[0])
        body = as_json({**request, **params})
    elif not hasattr(request, "to_dict"):
        raise wrong_type("request", "a dict, or parameters by name", request)
    elif params:
        raise InvalidRequest(
            f"give the request object or keywords, not both (got {', '.join(sorted(params))} too)"
        )
    else:
        body = as_json(request)
    if not isinstance(body, dict):
        raise wrong_type("request", "a dict, or parameters by name", request)
    return body


def _field(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()
