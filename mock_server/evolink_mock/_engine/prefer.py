"""The `Prefer` header: `code=…`, `example=…`, `dynamic=true` as users of Prism know them, and `fault-…`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._contract import samples as _samples
from .._http.messages import Response, dumps
from .errors import Refusal
from .faults import Fault, make

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from .._contract.operation import Operation

# One preference: whatever comes before a comma or semicolon that stands in no quotation marks.
_ONE = re.compile(r'(?:[^,;"]|"(?:[^"\\]|\\.)*"?)+')
_UNDOCUMENTED = "The requested reply is not documented"
_FAULT = "fault-"
_HEADER = "header-"
# One request has no others, and knows what it asks for.
_OF_MANY = ("times", "operation")


def preferences(header: str) -> dict[str, str]:
    """The preferences in a header, names in small letters; bare ones are empty.

    Of several of one name the first counts, as RFC 7240 says.
    """
    found: dict[str, str] = {}
    for one in _ONE.findall(header):
        name, _, value = one.partition("=")
        if name.strip():
            found.setdefault(name.strip().lower(), _unquoted(value.strip()))
    return found


@dataclass(frozen=True, slots=True)
class Preference:
    """Which documented reply is asked for.

    Attributes:
        code: The status.
        example: The name of the example.
        dynamic: A body made from the schema.
    """

    code: str | None = None
    example: str | None = None
    dynamic: bool = False

    @classmethod
    def read(cls, header: str) -> Preference | None:
        """Read a header; None if it asks for nothing that is known."""
        pairs = preferences(header)
        found = cls(pairs.get("code"), pairs.get("example"), pairs.get("dynamic", "").lower() == "true")
        return None if found == cls() else found

    def answer(self, document: Mapping[str, Any], op: Operation, model: str | None, rng: Random) -> Response:
        """The documented reply that is asked for; a 404 as problem+json if it is not documented."""
        code = self.code if self.code is not None else str(op.success_status)
        content = op.reply(int(code)) if re.fullmatch(r"[1-5]\d\d", code) else None
        if content is None:
            return _problem(404, _UNDOCUMENTED, f"Status {code} is not documented for {op.id}.")
        if self.example is not None:
            value = content.example(model, self.example)
            if value is None:
                detail = f"{op.id} has no example {self.example!r} for status {code}."
                return _problem(404, _UNDOCUMENTED, detail)
        elif self.dynamic and content.schema is not None:
            value = _samples.sample(document, content.schema, rng)
        else:
            value = content.value(model)
        return content.reply(int(code), value) if content.schema is not None else Response.of(int(code), b"")


def preferred_fault(header: str) -> Fault | None:
    """The fault that a request asks to befall it; None if it asks for none.

    `fault-` stands before the attributes of a fault, with hyphens in their names, and `fault-header-`
    before those of its headers; one without a value is true.

    Raises:
        Refusal: A fault that makes no sense: 400 as problem+json.
    """
    how: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for name, value in preferences(header).items():
        if name.startswith(_FAULT + _HEADER):
            headers[name.removeprefix(_FAULT + _HEADER)] = value
        elif name.startswith(_FAULT):
            how[name.removeprefix(_FAULT).replace("-", "_")] = _value(value)
    if not how and not headers:
        return None
    try:
        return _fault(how, headers)
    except ValueError as error:
        raise Refusal(_problem(400, "The preferred fault makes no sense", f"Prefer: {error}")) from None


def _fault(how: dict[str, Any], headers: dict[str, str]) -> Fault:
    for name in _OF_MANY:
        if name in how:
            raise ValueError(f"{name} is not for a preference, which befalls its own request alone")
    if "headers" in how:
        raise ValueError("headers are told one by one, as fault-header-NAME=VALUE")
    return make(how | ({"headers": headers} if headers else {}))


def _value(text: str) -> Any:
    """A number, true or false where the text is one; nothing at all is true."""
    try:
        return json.loads(text) if text else True
    except (ValueError, RecursionError):
        return text


def _unquoted(text: str) -> str:
    if text[:1] != '"':
        return text
    return re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'))


def _problem(status: int, title: str, detail: str) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response.of(status, dumps(body), {"content-type": "application/problem+json"})
