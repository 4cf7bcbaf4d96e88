"""Reads the body of a request: its content type, its JSON or form, its model, and what is wrong with it."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from evolink_api import media_types
from evolink_api.validation import Violation

from .._contract.form_fields import field_values, file_violations, matches_type
from .._http.forms import MalformedFormError, TooManyFieldsError, parse_form
from .._http.json_codec import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .._contract.content import Content, Model
    from .._contract.operation import Operation
    from .._http.forms import Part
    from .._http.messages import Request

MAX_BODY = 32 * 1024 * 1024
"""Bytes of a request body that are accepted."""
MAX_JSON = 16 * 1024 * 1024
"""Bytes of a JSON body that are accepted: nothing interrupts the parser while it reads a long text."""
MAX_VALUES = 20_000
"""Values in JSON, and fields in a form, that are accepted: each costs far more than its bytes tell."""
_TOO_MANY_VALUES = f"The body has more than {MAX_VALUES} values"
LARGE_BODY = 64 * 1024
"""Bytes from which on a body takes long to check."""
_MAX_NAMED_MODEL = 1024 * 1024  # bytes of a body that is parsed for its model alone
_MAX_LISTED = 12  # models in a message
_MAX_SHOWN = 1000  # characters of an invalid value in a violation


class BodyError(ValueError):
    """A body that cannot be read.

    Attributes:
        status: The HTTP status of the error response.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class CheckedBody:
    """What a body holds and breaks.

    Attributes:
        value: The JSON value, or the fields of a form; None if it is absent or not read.
        model: The model that it is for; None if it is for none.
        violations: What is wrong with it.
        error: The status and the message of its refusal; None if it can be read. The exception is not kept:
            its traceback leads to the request, and back to whoever keeps this.
        parts: Those of a form.
    """

    value: Any
    model: Model | None
    violations: list[Violation]
    error: tuple[int, str] | None = None
    parts: Sequence[Part] = ()


_ParsedBody = tuple["Content | None", Any, list[Violation], "Sequence[Part]"]
_NO_BODY: _ParsedBody = (None, None, [], ())


def _parse_body(document: Mapping[str, Any], op: Operation, request: Request) -> _ParsedBody:
    """Parse the body of a request.

    Returns:
        What is documented of it, its JSON value or the fields of a form, what is wrong with the files of a
        form, and its parts. None and None if it is absent or not read.

    Raises:
        BodyError: It is too large, of the wrong type, missing or malformed.
    """
    documented = op.body
    if documented is None:
        return _NO_BODY
    if len(request.body) > MAX_BODY:
        raise BodyError(413, f"The body has {len(request.body)} bytes, at most {MAX_BODY} are read")
    declared = request.headers.get("content-type", documented.media_type or "")
    is_plain = declared == documented.media_type
    media_type, parameters = (declared, "") if is_plain else _split_type(declared)
    if not request.body and media_type != media_types.URL_ENCODED:  # empty when no field is filled in
        if op.is_body_required:
            raise BodyError(400, "The request needs a body")
        return _NO_BODY
    encoding = request.headers.get("content-encoding")
    if encoding is not None and encoding.lower() != "identity":
        raise BodyError(415, f"Content-Encoding {encoding!r} is not understood")
    accepted = documented.media_types
    if not is_plain and media_type not in accepted and not matches_type(media_type, ",".join(accepted)):
        raise BodyError(
            415, f"Content-Type {media_type!r} is not understood, it must be {' or '.join(accepted)}"
        )
    if media_type in documented.forms:
        return _parse_form(document, documented.forms[media_type], declared, request.body)
    if media_type != documented.media_type:
        return _NO_BODY
    if parameters and "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise BodyError(415, f"JSON must be UTF-8, not{parameters}")
    if len(request.body) > MAX_JSON:
        raise BodyError(413, f"The body has {len(request.body)} bytes of JSON, at most {MAX_JSON} are read")
    if len(request.body) > MAX_VALUES and not _is_simple(request.body):
        raise BodyError(413, _TOO_MANY_VALUES)
    try:
        return documented, loads(request.body), [], ()
    except ValueError as error:
        raise BodyError(400, str(error)) from None


def _split_type(declared: str) -> tuple[str, str]:
    """The media type in a Content-Type header, in lower case, and its parameters."""
    media_type, _, parameters = declared.partition(";")
    return media_type.strip().lower(), parameters


def _parse_form(document: Mapping[str, Any], content: Content, declared: str, body: bytes) -> _ParsedBody:
    try:
        parts = parse_form(declared, body, MAX_VALUES)
        values = field_values(document, content.schema, parts)
    except TooManyFieldsError:
        raise BodyError(413, _TOO_MANY_VALUES) from None
    except MalformedFormError as error:
        raise BodyError(400, f"Malformed form: {error}") from None
    return content, values, file_violations(document, content.schema, content.encoding, parts), parts


class BodyChecker:
    """Parses the bodies of requests, and finds everything that is wrong with them.

    Args:
        document: The contract, which the schemas of a form refer to.
        allow_local: Whether addresses may be http, loopback and private.
        strict: Whether undocumented parameters are violations.
        is_own_url: Whether an address leads to a file of the mock, which is always accepted. It takes the
            address, and the origin that the request was sent to.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        allow_local: bool,
        strict: bool,
        is_own_url: Callable[[str, str], bool],
    ) -> None:
        self._document = document
        self._allow_local = allow_local
        self._strict = strict
        self._is_own_url = is_own_url

    def check(self, op: Operation, request: Request) -> CheckedBody:
        """Check the body of a request for an operation."""
        try:
            content, value, file_violations, parts = _parse_body(self._document, op, request)
        except BodyError as error:
            return CheckedBody(None, None, [], (error.status, str(error)))
        if content is None:
            return CheckedBody(None, None, [])
        model = _find_model(content, value) if content.models else content.anonymous_model
        if model is None:
            return CheckedBody(value, None, [_no_model(content, value)])
        validator = model.validator(allow_local=self._allow_local, strict=self._strict)
        try:
            if validator.is_valid(value):
                return CheckedBody(value, model, file_violations, parts=parts)
            violations = validator.violations(value)
        except (ValueError, OverflowError, RecursionError) as error:
            # Text and numbers that the validator does not accept, such as numbers of a thousand digits.
            return CheckedBody(value, model, [Violation("", "type", None, f"the body: {error}")])
        wrong = [
            _shortened(one)
            for one in violations
            if not (one.rule == "url" and self._is_own_url(str(one.value), request.origin))
        ]
        return CheckedBody(value, model, [*wrong, *file_violations])


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
    return replace(violation, path=path, value=value, message=message)


def named_model(op: Operation, request: Request) -> str | None:
    """The known model that a request names, without any other check; None if it names none."""
    if op.body is not None and op.body.models and len(request.body) <= _MAX_NAMED_MODEL:
        if not _is_simple(request.body):
            return None
        try:
            model = _find_model(op.body, loads(request.body))
        except ValueError:
            return None
        return None if model is None else model.name
    return None


def _find_model(content: Content, body: Any) -> Model | None:
    """The model that a body names; None if it names no known one."""
    name = body.get(content.discriminator) if isinstance(body, dict) else None
    return content.models.get(name) if isinstance(name, str) else None


def _no_model(content: Content, body: Any) -> Violation:
    """What is wrong with a body that names no known model."""
    if not isinstance(body, dict):
        return _shortened(Violation("", "type", body, "the body: is not an object"))
    parameter = content.discriminator
    name = body.get(parameter)
    if parameter not in body:
        return Violation(parameter, "required", None, f"{parameter}: is required")
    name = name[:_MAX_SHOWN] if isinstance(name, str) else name
    near = difflib.get_close_matches(str(name)[:200], content.models, n=_MAX_LISTED)
    listed = list(content.models) if len(content.models) <= _MAX_LISTED else near
    known = f" known are {', '.join(listed)}" if listed else f" there are {len(content.models)} of them"
    message = f"{parameter}: {json.dumps(name)[:80]} is not a known model;{known}"
    rule = "enum" if isinstance(name, str) else "type"
    return _shortened(Violation(parameter, rule, name, message, near[0] if near else None))
