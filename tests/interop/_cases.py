"""Valid and invalid requests of every kind, derived from a contract."""

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from contract import request_cases
from interop._operations import Operation
from interop._probes import probes

from evolink_api.validation import Validator

KEY = "evolink-mock-key"
_JSON = "application/json"
_SHOWN = 60
_MIXED = 500  # requests of several parameters at once, for each model
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")
_MALFORMED = (b"{", b"nope", b"'x'", b"[1,]", b"NaN")
_AUTH = (
    "",
    "Bearer",
    f"Basic {KEY}",
    f"Token {KEY}",
    KEY,
    f"Bearer {KEY}x",
    f"bearer {KEY}",
    f"Bearer  {KEY}",
)
_TYPES = (
    "",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "APPLICATION/JSON",
    "application/json; charset=latin-1",
    "application/octet-stream",
    "application/problem+json",
    "application/x-www-form-urlencoded",
    "application/xml",
    "json",
    "multipart/form-data; boundary=x",
    "text/plain",
)
_ACCEPTS = (
    "*/*",
    "application/*",
    "application/json",
    "application/json;q=0.1, text/html",
    "image/png",
    "text/html",
)


class Case(NamedTuple):
    """One request.

    Attributes:
        about: What it tests, as `kind: detail`.
        operation: The operation that it is meant for.
        method: The HTTP method.
        path: The path with the query.
        headers: All headers except those that HTTP requires.
        content: The body.
        strict: The validator of a JSON body; None if there is no schema.
    """

    about: str
    operation: Operation
    method: str
    path: str
    headers: dict[str, str]
    content: bytes = b""
    strict: Validator | None = None

    @property
    def kind(self) -> str:
        return self.about.partition(":")[0]

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class _Base(NamedTuple):
    """A documented request to derive variations from."""

    operation: Operation
    body: Any
    strict: Validator | None
    known: Mapping[str, str]

    @property
    def root(self) -> dict[str, Any]:
        return self.operation.schema or {}

    def path(self, **values: str) -> str:
        """The path with its required parameters; documented values unless others are given."""
        path, query = self.operation.path, {}
        for one in self.operation.parameters:
            name, schema = one["name"], one["schema"]
            given = {**self.known, **values}
            value = given.get(name) or _text(one.get("example", request_cases.valid(schema, schema)))
            if one["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(value, safe=""))
            elif one["in"] == "query" and (one.get("required") or name in values):
                query[name] = value
        return f"{path}?{urlencode(query)}" if query else path

    def case(self, about: str, **changes: Any) -> Case:
        op = self.operation
        headers = {"authorization": f"Bearer {KEY}"}
        content = b""
        if self.root:
            headers["content-type"] = _JSON
            content = json.dumps(self.body).encode()
        case = Case(f"{about} of {op.name}", op, op.method, self.path(), headers, content, self.strict)
        return case._replace(**changes)

    def with_body(self, about: str, body: Any) -> Case:
        return self.case(about, content=json.dumps(body).encode())

    def with_header(self, about: str, name: str, value: str | None) -> Case:
        case = self.case(f"{about}: {name} {value!r}")
        headers = {known: kept for known, kept in case.headers.items() if known != name}
        return case._replace(headers=headers if value is None else {**headers, name: value})


def cases(operations: list[Operation], known: Mapping[str, str], seed: int = 0) -> list[Case]:
    """All requests; the same ones for the same operations and seed.

    Args:
        operations: The operations of the contract.
        known: Parameter values of existing tasks.
        seed: The seed of random combinations.
    """
    rng = random.Random(seed)
    found: dict[tuple[Any, ...], Case] = {}
    for operation in operations:
        if operation.body and operation.schema is None:
            continue  # neither server validates bodies that are not JSON
        strict = Validator(operation.schema) if operation.schema else None
        base = _Base(operation, example(operation), strict, known)
        for case in (*_bodies(base, rng), *_envelopes(base)):
            found.setdefault((case.method, case.path, *case.headers.items(), case.content), case)
    return list(found.values())


def example(op: Operation) -> Any:
    """A documented body, or one generated from the schema if the documented ones break it."""
    if op.schema is None:
        return None
    generated = request_cases.valid(op.schema, op.schema)
    named = generated if op.model is None else {**generated, "model": op.model}
    return next(filter(Validator(op.schema).is_valid, op.examples), named)


def _bodies(base: _Base, rng: random.Random) -> Iterator[Case]:
    body, root = base.body, base.root
    if not root:
        return
    yield base.case("example: first")
    for documented in base.operation.examples:
        yield base.with_body("example: documented", documented)
    for one in request_cases.invalid(root, body):
        yield base.with_body(f"broken: {one.label}", one.body)
    values: tuple[Any, ...] = (None, True, 7, "text", [], [body], {})
    for value in values:
        yield base.with_body(f"body: {json.dumps(value)[:40]}", value)
    for content in (b"", *_MALFORMED):
        yield base.case(f"malformed: {content!r}", content=content)
    if not isinstance(body, dict):
        return
    for text in (b'"\\ud800"', b'"\xff"'):
        content = json.dumps({**body, "x-no-such-property": "here"}).encode().replace(b'"here"', text)
        yield base.case(f"no Unicode: {text!r}", content=content)
    pools = {name: probes(one, root) for name, one in _properties(root).items()}
    for name, pool in pools.items():
        for value in pool:
            yield base.with_body(f"probe: {name}={_short(value)}", {**body, name: value})
    for name in body:
        yield base.with_body(f"probe: no {name}", {known: body[known] for known in body if known != name})
    yield base.with_body("unknown: a property", {**body, "x-no-such-property": 1})
    yield from _mixed(base, pools, rng)


def _mixed(base: _Base, pools: dict[str, list[Any]], rng: random.Random) -> Iterator[Case]:
    """Several parameters at once; all but one of them are valid on their own."""
    accepted = {}
    for name, schema in _properties(base.root).items():
        accepts = Validator({**schema, "$defs": base.root.get("$defs", {})}).is_valid
        accepted[name] = list(filter(accepts, pools[name])) or pools[name]
    for _ in range(_MIXED if pools else 0):
        chosen = rng.sample(sorted(pools), rng.randint(1, len(pools)))
        body = {**base.body, **{name: rng.choice(accepted[name]) for name in chosen}}
        body[chosen[0]] = rng.choice((accepted if rng.random() < 0.5 else pools)[chosen[0]])
        yield base.with_body(f"mixed: {', '.join(chosen)}", body)


def _properties(root: dict[str, Any]) -> dict[str, Any]:
    schema = request_cases.resolve(root, root)
    parts = [schema, *(request_cases.resolve(part, root) for part in schema.get("allOf", []))]
    return {name: one for part in parts for name, one in part.get("properties", {}).items()}


def _envelopes(base: _Base) -> Iterator[Case]:
    """Variations of everything except the body."""
    op = base.operation
    yield base.case("plain: nothing changed")
    yield base.with_header("key", "authorization", None)
    for value in _AUTH:
        yield base.with_header("key", "authorization", value)
    for method in _METHODS:
        if method != op.method:
            yield base.case(f"method: {method}", method=method)
            yield base.case(
                f"method without body: {method}",
                method=method,
                content=b"",
                headers={"authorization": f"Bearer {KEY}"},
            )
    for value in _ACCEPTS:
        yield base.with_header("accept", "accept", value)
    path = base.path()
    for other in (
        f"{path}/",
        f"/{path}",
        path.upper(),
        path.rpartition("/")[0],
        f"{path}/more",
        f"{path}?x=1",
    ):
        yield base.case(f"path: {other}", path=other)
    for location, name, pool in _parameters(base):
        for value in pool:
            yield base.case(f"{location}: {name}={value}", path=base.path(**{name: value}))
    if not base.root:
        yield base.case(
            "needless body: {}",
            content=b"{}",
            headers={"authorization": f"Bearer {KEY}", "content-type": _JSON},
        )
        return
    yield base.with_header("type", "content-type", None)
    for value in _TYPES:
        yield base.with_header("type", "content-type", value)
    for status in op.statuses:
        yield base.with_header("prefer", "prefer", f"code={status}")
    for value in ("code=418", "code=abc", "example=no-such-example", "respond-async"):
        yield base.with_header("prefer", "prefer", value)


def _parameters(base: _Base) -> Iterator[tuple[str, str, list[str]]]:
    for one in base.operation.parameters:
        if one["in"] in ("path", "query"):
            values = [*probes(one["schema"], one["schema"]), one.get("example")]
            texts = {_text(value) for value in values if not isinstance(value, dict | list | None)}
            yield f"{one['in']} parameter", one["name"], sorted(texts - {""})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"
