"""Reading a request against the contract: content type, JSON, parameters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from evolink_api.validation import Violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evolink_mock._messages import Request
    from evolink_mock._operation import Operation

MAX_BODY = 32 * 1024 * 1024
"""Bytes of a request body that are read at most."""

ABSENT: Any = object()
"""Stands for a body that is not there, or is no JSON and need not be; `null` is one that is there."""


class Unreadable(ValueError):  # noqa: N818 - says what the request is
    """A request that cannot be read.

    Attributes:
        status: The HTTP status that says so.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_body(op: Operation, request: Request) -> Any:
    """The JSON body of a request, or `ABSENT`.

    Raises:
        Unreadable: It is too large, of the wrong type, missing or malformed.
    """
    if op.body is None:
        return ABSENT
    if len(request.body) > MAX_BODY:
        raise Unreadable(413, f"The body has {len(request.body)} bytes, at most {MAX_BODY} are read")
    if not request.body:
        if op.body_required:
            raise Unreadable(400, "The request needs a body")
        return ABSENT
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unreadable(415, f"Content-Encoding {request.headers['content-encoding']!r} is not understood")
    declared = request.headers.get("content-type", op.body.json_type or "")
    kind, _, options = declared.partition(";")
    kind = kind.strip().lower()
    if kind not in op.body.types:
        raise Unreadable(
            415, f"Content-Type {kind!r} is not understood, it must be {' or '.join(op.body.types)}"
        )
    if kind != op.body.json_type:
        return ABSENT
    if "charset" in options.lower() and "utf-8" not in options.lower():
        raise Unreadable(415, f"JSON must be UTF-8, not{options}")
    return parse(request.body)


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


def parameter_violations(op: Operation, values: Mapping[str, str], request: Request) -> list[Violation]:
    """What is wrong with the parameters in path, query and headers."""
    found: list[Violation] = []
    query: dict[str, list[str]] | None = None
    for parameter in op.parameters:
        place, name = parameter["in"], parameter["name"]
        validator = op.parameter_validators[place, name]
        if place == "path":
            value: Any = values.get(name, "")
        elif place == "query":
            if query is None:
                query = parse_qs(request.query, keep_blank_values=True) if request.query else {}
            value = _converted(query.get(name), parameter.get("schema") or {})
        elif place == "header":
            given = request.headers.get(name.lower())
            value = _converted(None if given is None else [given], parameter.get("schema") or {})
        else:
            continue
        if value is None:
            if parameter.get("required"):
                found.append(Violation(name, "required", None, f"{name}: is required"))
        elif not validator.is_valid(value):
            found += [
                Violation(name, one.rule, value, one.message.replace("the body", name, 1))
                for one in validator.violations(value)
            ]
    return found


def _converted(given: list[str] | None, schema: Mapping[str, Any]) -> Any:
    """The value that the text of a parameter stands for, if it stands for one."""
    if given is None:
        return None
    kind = schema.get("type")
    if kind == "array":
        return given if len(given) > 1 else given[0].split(",")
    if kind in {"integer", "number", "boolean"}:
        try:
            return json.loads(given[-1])
        except ValueError:
            return given[-1]
    return given[-1]
