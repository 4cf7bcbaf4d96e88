"""Reads the body of a request: its content type, its JSON or form, its model, and what is wrong with it."""

from __future__ import annotations

import dataclasses
import difflib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from evolink_api import media_types
from evolink_api.validation import Violation

from .._contract.form_fields import field_values, file_violations, matches_type
from .._http.forms import MalformedFormError, parse_form
from .._http.messages import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._contract.content import Content, Model
    from .._contract.operation import Operation
    from .._http.messages import Request

MAX_BODY = 32 * 1024 * 1024
"""Bytes of a request body that are accepted."""
MAX_VALUES = 20_000
"""Values in a JSON body that are accepted: each costs far more memory and time than its bytes tell."""
LARGE_BODY = 64 * 1024
"""Bytes from which on a body takes long to check."""
_MAX_NAMED_MODEL = 1024 * 1024  # bytes of a body that is parsed for its model alone
_MAX_LISTED = 12  # models in a message
_MAX_SHOWN = 1000  # characters of an invalid value in a violation

ABSENT: Any = object()
"""The value of a body that is absent, or neither JSON nor a form; JSON's `null` is a value."""


class BodyError(ValueError):
    """A body that cannot be read.

    Attributes:
        status: The HTTP status of the error response.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ParsedBody(NamedTuple):
    """The body of a request.

    Attributes:
        content: What is documented of it; None if it is absent or not read.
        value: The JSON value, or the fields of a form; `ABSENT` if it is absent or not read.
        violations: What is wrong with the files of a form.
    """

    content: Content | None
    value: Any
    violations: list[Violation]


class CheckedBody(NamedTuple):
    """What a body holds and breaks.

    Attributes:
        value: The JSON value, or the fields of a form; None if it is absent or not read.
        model: The model that it is for; None if it is for none.
        violations: What is wrong with it.
        error: Why it cannot be read; None if it can.
    """

    value: Any
    model: Model | None
    violations: list[Violation]
    error: BodyError | None = None


_NO_BODY = ParsedBody(None, ABSENT, [])


def parse_body(document: Mapping[str, Any], op: Operation, request: Request) -> ParsedBody:
    """Parse the body of a request.

    Raises:
        BodyError: It is too large, of the wrong type, missing or malformed.
    """
    documented = op.body
    if documented is None:
        return _NO_BODY
    if len(request.body) > MAX_BODY:
        raise BodyError(413, f"The body has {len(request.body)} bytes, at most {MAX_BODY} are read")
    declared = request.headers.get("content-type", documented.media_type or "")
    media_type, _, parameters = declared.partition(";")
    media_type = media_type.strip().lower()
    if not request.body and media_type != media_types.URL_ENCODED:  # empty when no field is filled in
        if op.is_body_required:
            raise BodyError(400, "The request needs a body")
        return _NO_BODY
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BodyError(415, f"Content-Encoding {request.headers['content-encoding']!r} is not understood")
    accepted = documented.media_types
    if media_type not in accepted and not matches_type(media_type, ",".join(accepted)):
        raise BodyError(
            415, f"Content-Type {media_type!r} is not understood, it must be {' or '.join(accepted)}"
        )
    if media_type in documented.forms:
        return _parse_form(document, documented.forms[media_type], declared, request.body)
    if media_type != documented.media_type:
        return _NO_BODY
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise BodyError(415, f"JSON must be UTF-8, not{parameters}")
    if not _is_simple(request.body):
        raise BodyError(413, f"The body has more than {MAX_VALUES} values")
    try:
        return ParsedBody(documented, loads(request.body), [])
    except ValueError as error:
        raise BodyError(400, str(error)) from None


def _parse_form(document: Mapping[str, Any], content: Content, declared: str, body: bytes) -> ParsedBody:
    try:
        parts = parse_form(declared, body)
        values = field_values(document, content.schema, parts)
    except MalformedFormError as error:
        raise BodyError(400, f"Malformed form: {error}") from None
    return ParsedBody(content, values, file_violations(document, content.schema, content.encoding, parts))


def check_body(
    document: Mapping[str, Any],
    op: Operation,
    request: Request,
    *,
    allow_local: bool,
    strict: bool,
    is_own_url: Callable[[str], bool],
) -> CheckedBody:
    """Parse the body of a request, and find everything that is wrong with it.

    Args:
        document: The contract, which the schemas of a form refer to.
        op: What the request is for.
        request: The request.
        allow_local: Whether addresses may be http, loopback and private.
        strict: Whether undocumented parameters are violations.
        is_own_url: Whether an address leads to a file of the mock, which is always accepted.
    """
    try:
        body = parse_body(document, op, request)
    except BodyError as error:
        return CheckedBody(None, None, [], error)
    model, violations = _find_violations(body, allow_local=allow_local, strict=strict, is_own_url=is_own_url)
    return CheckedBody(None if body.value is ABSENT else body.value, model, violations)


def _find_violations(
    body: ParsedBody, *, allow_local: bool, strict: bool, is_own_url: Callable[[str], bool]
) -> tuple[Model | None, list[Violation]]:
    """The model that a body is for, None if it names no known one, and what is wrong with the body."""
    content, value = body.content, body.value
    if content is None:
        return None, []
    if content.models:
        if not isinstance(value, dict):
            return None, [Violation("", "type", value, "the body: is not an object")]
        name = value.get(content.discriminator)
        model = content.models.get(name) if isinstance(name, str) else None
        if model is None:
            return None, [_unknown_model(content, value)]
    else:
        model = content.anonymous_model
    validator = model.validator(allow_local=allow_local, strict=strict)
    try:
        if validator.is_valid(value):
            return model, body.violations
        violations = validator.violations(value)
    except (ValueError, OverflowError, RecursionError) as error:
        # Text and numbers that the validator does not accept, such as numbers of a thousand digits.
        return model, [Violation("", "type", None, f"the body: {error}")]
    violations = [one for one in violations if not (one.rule == "url" and is_own_url(str(one.value)))]
    return model, [*map(_shortened, violations), *body.violations]


def _is_simple(body: bytes) -> bool:
    """Whether JSON has at most `MAX_VALUES` values, as its commas tell before it is parsed."""
    return len(body) <= MAX_VALUES or body.count(b",") < MAX_VALUES


def _shortened(violation: Violation) -> Violation:
    """A violation that does not repeat a value, or a name, of any size."""
    value = violation.value
    if isinstance(value, str | list | dict):
        text = value if isinstance(value, str) else json.dumps(value)
        if len(text) > _MAX_SHOWN:
            value = f"{text[:_MAX_SHOWN]}…"
    path, message = violation.path[:_MAX_SHOWN], violation.message[: 2 * _MAX_SHOWN]
    return dataclasses.replace(violation, path=path, value=value, message=message)


def named_model(op: Operation, request: Request) -> str | None:
    """The known model that a request names, without any other check; None if it names none."""
    if op.body is not None and op.body.models and len(request.body) <= _MAX_NAMED_MODEL:
        if not _is_simple(request.body):
            return None
        try:
            name = json.loads(request.body)[op.body.discriminator]
        except (ValueError, TypeError, LookupError, RecursionError):
            return None
        if isinstance(name, str) and name in op.body.models:
            return name
    return None


def _unknown_model(content: Content, body: Mapping[str, Any]) -> Violation:
    parameter = content.discriminator
    name = body.get(parameter)
    if parameter not in body:
        return Violation(parameter, "required", None, f"{parameter}: is required")
    name = name[:_MAX_SHOWN] if isinstance(name, str) else name
    near = difflib.get_close_matches(str(name)[:200], content.models, n=_MAX_LISTED)
    listed = list(content.models) if len(content.models) <= _MAX_LISTED else near
    known = f" known are {', '.join(listed)}" if listed else f" there are {len(content.models)} of them"
    message = f"{parameter}: {json.dumps(name)[:80]} is no known model;{known}"
    rule = "enum" if isinstance(name, str) else "type"
    return _shortened(Violation(parameter, rule, name, message, near[0] if near else None))
