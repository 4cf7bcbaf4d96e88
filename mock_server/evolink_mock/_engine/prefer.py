"""The `Prefer` header: `code=…`, `example=…` and `dynamic=true` as in Prism, and `fault-…`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evolink_api import media_types

from .._contract import samples
from .._http.json_codec import dumps
from .._http.messages import Response
from .errors import HTTPErrorResponse
from .faults import OPTIONS, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from .._contract.operation import Operation

# A preference: all up to a comma or semicolon outside of quotation marks.
_PREFERENCE = re.compile(r'(?:[^,;"]|"(?:[^"\\]|\\.)*"?)+')
_UNDOCUMENTED = "The requested reply is not documented"
_MAX_SIZE = 8192  # characters of the header that are read
_FAULT = "fault-"
_HEADER = "fault-header-"


def parse_preferences(header: str) -> dict[str, str]:
    """The preferences in a header by lower-case name; the value of a bare one is empty.

    Of several with one name the first counts, as RFC 7240 says. Of a long header the beginning is read.
    """
    preferences: dict[str, str] = {}
    for text in _PREFERENCE.findall(header[:_MAX_SIZE]):
        name, _, value = text.partition("=")
        if name.strip():
            preferences.setdefault(name.strip().lower(), _unquote(value.strip()))
    return preferences


@dataclass(frozen=True, slots=True)
class Preference:
    """Which documented response a request asks for.

    Attributes:
        code: The status.
        example: The name of the example.
        dynamic: A body generated from the schema.
    """

    code: str | None = None
    example: str | None = None
    dynamic: bool = False

    @classmethod
    def parse(cls, header: str) -> Preference | None:
        """Parse a header; None if it asks for nothing that is known."""
        values = parse_preferences(header)
        is_dynamic = values.get("dynamic", "").lower() == "true"
        preference = cls(values.get("code"), values.get("example"), is_dynamic)
        return None if preference == cls() else preference

    def response(
        self, document: Mapping[str, Any], op: Operation, model: str | None, rng: Random
    ) -> Response:
        """The documented response; a 404 as problem+json if it is not documented."""
        code = self.code if self.code is not None else str(op.success_status)
        content = op.content(int(code)) if re.fullmatch(r"[1-5]\d\d", code) else None
        if content is None:
            return _problem(404, _UNDOCUMENTED, f"Status {code} is not documented for {op.id}.")
        if self.example is not None:
            value = content.example(model, self.example)
            if value is None:
                detail = f"{op.id} has no example {self.example!r} for status {code}."
                return _problem(404, _UNDOCUMENTED, detail)
        elif self.dynamic and content.schema is not None:
            value = samples.sample(document, content.schema, rng)
        else:
            return content.documented_response(int(code), model)
        return content.response(int(code), value)


def preferred_fault(header: str) -> Fault | None:
    """The fault that a request asks for; None if it asks for none.

    The options of a fault have the prefix `fault-`, its headers `fault-header-`; underscores are written
    as hyphens, and an option without a value is true.

    Raises:
        HTTPErrorResponse: The fault is invalid: 400 as problem+json.
    """
    options: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for name, value in parse_preferences(header).items():
        if name.startswith(_HEADER):
            headers[name.removeprefix(_HEADER)] = value
        elif name.startswith(_FAULT):
            options[name.removeprefix(_FAULT).replace("-", "_")] = _decode(value)
    if not options and not headers:
        return None
    try:
        return _fault(options, headers)
    except ValueError as error:
        problem = _problem(400, "The preferred fault is invalid", f"Prefer: {error}")
        raise HTTPErrorResponse(problem) from None


def _fault(options: dict[str, Any], headers: dict[str, str]) -> Fault:
    for name in options:
        if name in OPTIONS and not OPTIONS[name].is_per_request:
            raise ValueError(f"{name} is not for a preference, which applies to its own request alone")
    if "headers" in options:
        raise ValueError("headers are written one by one, as fault-header-NAME=VALUE")
    return Fault.parse(options | ({"headers": headers} if headers else {}))


def _decode(text: str) -> Any:
    """The number or boolean that a text encodes, else the text; true if it is empty."""
    try:
        return json.loads(text) if text else True
    except (ValueError, RecursionError):
        return text


def _unquote(text: str) -> str:
    if text[:1] != '"':
        return text
    return re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'))


def _problem(status: int, title: str, detail: str) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response.of(status, dumps(body), {"content-type": media_types.PROBLEM_JSON})
