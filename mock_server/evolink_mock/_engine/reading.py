"""Reading the body of a request against the contract: content type, JSON, forms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from .._contract.forms import URL_ENCODED, MalformedForm, file_violations, fits, parts, values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evolink_api.validation import Violation

    from .._contract.content import Content
    from .._contract.operation import Operation
    from .._http.messages import Request

MAX_BODY = 32 * 1024 * 1024
"""Bytes of a request body that are read at most."""

ABSENT: Any = object()
"""Stands for a body that is not there, or is neither JSON nor a form; `null` is one that is there."""


class Unreadable(ValueError):  # noqa: N818 - says what the request is
    """A request that cannot be read.

    Attributes:
        status: The HTTP status that says so.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Body(NamedTuple):
    """What a request holds.

    Attributes:
        content: What is documented of it; None if it is nothing that can be read.
        value: The JSON value, or the fields of a form as such; `ABSENT` if there is nothing to be read.
        violations: What is wrong with the files of a form, which no JSON schema speaks of.
    """

    content: Content | None
    value: Any
    violations: list[Violation]


NOTHING = Body(None, ABSENT, [])


def read_body(document: Mapping[str, Any], op: Operation, request: Request) -> Body:
    """Read the body of a request.

    Raises:
        Unreadable: It is too large, of the wrong type, missing or malformed.
    """
    if op.body is None:
        return NOTHING
    if len(request.body) > MAX_BODY:
        raise Unreadable(413, f"The body has {len(request.body)} bytes, at most {MAX_BODY} are read")
    declared = request.headers.get("content-type", op.body.kind or "")
    kind, _, options = declared.partition(";")
    kind = kind.strip().lower()
    if not request.body and kind != URL_ENCODED:  # which is empty when no field is filled in
        if op.body_required:
            raise Unreadable(400, "The request needs a body")
        return NOTHING
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unreadable(415, f"Content-Encoding {request.headers['content-encoding']!r} is not understood")
    if kind not in op.body.types and not fits(kind, ",".join(op.body.types)):
        raise Unreadable(
            415, f"Content-Type {kind!r} is not understood, it must be {' or '.join(op.body.types)}"
        )
    if kind in op.body.forms:
        return _read_form(document, op.body.forms[kind], declared, request.body)
    if kind != op.body.kind:
        return NOTHING
    if "charset" in options.lower() and "utf-8" not in options.lower():
        raise Unreadable(415, f"JSON must be UTF-8, not{options}")
    return Body(op.body, parse(request.body), [])


def _read_form(document: Mapping[str, Any], content: Content, declared: str, body: bytes) -> Body:
    try:
        found = parts(declared, body)
        value = values(document, content, found)
    except MalformedForm as error:
        raise Unreadable(400, f"Malformed form: {error}") from None
    return Body(content, value, file_violations(document, content, found))


def parse(body: bytes) -> Any:
    """Decode JSON as strictly as its standard.

    Raises:
        Unreadable: It is malformed.
    """
    try:
        text = body.decode()
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # finds halves of surrogate pairs
    except UnicodeError:
        raise Unreadable(400, "Malformed JSON: the body is not valid Unicode text") from None
    except RecursionError:
        raise Unreadable(400, "Malformed JSON: it is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(400, f"Malformed JSON: {error}") from None
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
