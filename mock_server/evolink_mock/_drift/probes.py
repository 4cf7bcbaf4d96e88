"""Requests that tell whether an API is as its contract says, and cannot become a task."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from evolink_api import media_types
from evolink_api.validation import closure

from .._http.json_codec import dumps
from .._http.messages import Request
from . import request_cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._contract.content import Content, Model
    from .._contract.contract import Contract
    from .._contract.operation import Operation, Parameter

WRONG_KEY = "evolink-mock-verify-wrong-key"
"""A key that no account has."""
UNKNOWN_MODEL = "evolink-mock-verify-no-such-model"
"""A model that no API has."""
INVALID_BODY = "invalid body"
"""The name of the requests that an API may make a task of."""

_HARMLESS = ("GET", "PUT", "PATCH")  # an undocumented DELETE or POST might do something
_WRONG_VALUES = ("no-such-value", "-1", "")
_NO_JSON = b'{"model": '


@dataclass(frozen=True, slots=True)
class Probe:
    """A request, and the rule that it breaks.

    Attributes:
        name: What it is, in two words.
        operation: The operation's id; method and path where there is none.
        method: In capitals.
        path: With the values of its parameters.
        key: Whether it carries a key.
        rule: The rule that it breaks, as in a report; empty if it breaks none.
        at: The parameter that the rule is about.
        query: Without the question mark.
        body: The body.
        media_type: The media type of the body.
    """

    name: str
    operation: str
    method: str
    path: str
    key: Literal["none", "wrong", "valid"]
    rule: str = ""
    at: str = ""
    query: str = ""
    body: bytes = b""
    media_type: str = ""

    def request(self, key: str, origin: str) -> Request:
        """The request that is sent.

        Args:
            key: The valid key.
            origin: Where it is sent to.
        """
        headers = {"accept": media_types.JSON}
        if self.media_type:
            headers["content-type"] = self.media_type
        if self.key != "none":
            headers["authorization"] = f"Bearer {key if self.key == 'valid' else WRONG_KEY}"
        return Request(self.method, self.path, self.query, headers, self.body, origin)


def free_probes(contract: Contract) -> Iterator[Probe]:
    """Yield the requests that cannot become a task."""
    for op in contract.operations:
        if op.is_secured:
            body, media_type = _refused_body(op)
            yield _probe(op, "no key", "none", "security", body=body, media_type=media_type)
            yield _probe(op, "wrong key", "wrong", "security", body=body, media_type=media_type)
        yield from _of_body(op)
        if op.method == "GET":
            yield from _of_parameters(contract, op)
    yield from _wrong_methods(contract)


def charging_probes(contract: Contract) -> Iterator[Probe]:
    """Yield the requests that break one documented rule each; an API without the rule makes a task of one."""
    for op in contract.operations:
        content = op.body
        if content is None or content.media_type is None or content.schema is None:
            continue
        for model in content.models.values() or (content.anonymous_model,):
            schema = closure(contract.document, model.schema)
            schema = {**request_cases.resolve(schema, schema), "$defs": schema.get("$defs", {})}
            example = _example(content, model, schema)
            for case in request_cases.invalid(schema, example) if isinstance(example, dict) else ():
                yield _probe(
                    op,
                    INVALID_BODY,
                    "valid",
                    case.rule,
                    at=case.path,
                    body=dumps(case.body),
                    media_type=content.media_type,
                )


def _example(content: Content, model: Model, schema: dict[str, Any]) -> Any:
    """A valid body for a model."""
    example = content.example(model.name)
    if model.validator(allow_local=False, strict=False).is_valid(example):
        return example
    generated = request_cases.valid(schema, schema)
    return generated if model.name is None else {**generated, content.discriminator: model.name}


def _of_body(op: Operation) -> Iterator[Probe]:
    content = op.body
    if content is None:
        return
    if content.media_type is not None:
        yield _probe(op, "no JSON", "valid", "body", body=_NO_JSON, media_type=content.media_type)
    if op.is_body_required:
        yield _probe(op, "no body", "valid", "body", media_type=content.media_type or "")
    if content.models:
        body, media_type = _refused_body(op)
        yield _probe(
            op, "unknown model", "valid", "enum", at=content.discriminator, body=body, media_type=media_type
        )


def _of_parameters(contract: Contract, op: Operation) -> Iterator[Probe]:
    """Yield a read of each kind: with valid, unknown and wrong values."""
    in_path = [one for one in op.parameters if one.location == "path"]
    if op.id in contract.queries:
        yield _probe(op, "unknown task", "valid", "not_found", at=in_path[0].name if in_path else "")
    elif not in_path:
        yield _probe(op, "read", "valid")
    for one in op.parameters:
        if one.location not in {"path", "query"}:
            continue
        for text in _WRONG_VALUES[: None if one.location == "query" else -1]:
            probe = _probe(op, "wrong parameter", "valid", at=one.name, values={one.name: text})
            found = one.violations(Request("GET", probe.path, probe.query), {one.name: text})
            if found:
                yield _probe(
                    op, "wrong parameter", "valid", found[0].rule, at=one.name, values={one.name: text}
                )
                break


def _wrong_methods(contract: Contract) -> Iterator[Probe]:
    documented: dict[str, list[Operation]] = {}
    for op in contract.operations:
        documented.setdefault(urlsplit(op.server).path + op.path, []).append(op)
    for operations in documented.values():
        taken = {op.method for op in operations}
        for method in _HARMLESS:
            if method not in taken:
                path = _probe(operations[0], "", "valid").path
                yield Probe("wrong method", f"{method} {operations[0].path}", method, path, "valid", "method")
                break


def _refused_body(op: Operation) -> tuple[bytes, str]:
    """A body that no API makes a task of, even if it does not ask for a key."""
    if op.body is None or op.body.media_type is None:
        return b"", ""
    return dumps({op.body.discriminator or "model": UNKNOWN_MODEL}), op.body.media_type


def _probe(
    op: Operation,
    name: str,
    key: Literal["none", "wrong", "valid"],
    rule: str = "",
    *,
    at: str = "",
    values: Mapping[str, str] | None = None,
    body: bytes = b"",
    media_type: str = "",
) -> Probe:
    """A request for an operation, with unknown values of its parameters where none are given."""
    by_name = {one.name: one for one in op.parameters}
    given = values or {}

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return quote(given[name] if name in given else _unknown(by_name.get(name)), safe="")

    path = re.sub(r"\{([^{}]*)\}", value, urlsplit(op.server).path + op.path)
    query = {
        one.name: given.get(one.name, one.example)
        for one in op.parameters
        if one.location == "query" and (one.is_required or one.name in given)
    }
    return Probe(name, op.id, op.method, path, key, rule, at, urlencode(query), body, media_type)


def _unknown(parameter: Parameter | None) -> str:
    """A value of the documented form that names nothing that exists."""
    return re.sub(r"\d", "0", parameter.example) if parameter is not None else "0"
