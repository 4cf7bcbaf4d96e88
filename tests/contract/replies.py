"""The documented replies, and a validator for them that shares no code with mock or client."""

import functools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema_rs
from contract import catalog, request_cases

import evolink

# The status that stands for a documented range such as `4XX`.
_STATUS_OF_RANGE = {"1": 100, "2": 207, "3": 307, "4": 418, "5": 507, "d": 507}
_JSON = "application/json"


# Part of the SDK's interface, not of any document.
ERROR_CLASSES: dict[int, type[evolink.APIStatusError]] = {
    400: evolink.BadRequest,
    401: evolink.AuthenticationError,
    402: evolink.InsufficientCredits,
    403: evolink.PermissionDenied,
    404: evolink.NotFound,
    409: evolink.Conflict,
    413: evolink.PayloadTooLarge,
    429: evolink.RateLimited,
}


class Documented(NamedTuple):
    """One documented reply; without an example, `example` is empty and `body` is generated from the schema.

    Attributes:
        operation: Its id.
        status: The HTTP status; for `4XX` and `default` one that they include.
        example: The name of the example.
        model: The model that it belongs to; None for all.
        body: The JSON value.
        is_older: The error code is an integer, as in older documents.
    """

    operation: str
    status: int
    example: str
    model: str | None
    body: Any
    is_older: bool = False

    @property
    def label(self) -> str:
        name = f"{self.operation}-{self.status}-{self.example or 'sample'}"
        return f"{name}-older" if self.is_older else name


def documented() -> list[Documented]:
    """Every documented JSON reply, and each error in its older form too."""
    return [one for name in catalog.INDEX["operations"] for one in _of_operation(name)]


def _of_operation(name: str) -> Iterator[Documented]:
    for code, response in catalog.operation(name)["responses"].items():
        media = response.get("content", {}).get(_JSON)
        if media is None:
            continue
        status = int(code) if code.isdecimal() else _STATUS_OF_RANGE[code[0]]
        examples = media.get("examples", {})
        for key, example in examples.items():
            models = example.get("x-evolink-models", [None])
            yield from _with_older_code(Documented(name, status, key, models[0], example["value"]))
        if not examples:
            body = sample(media.get("schema", {}))
            if "generation" in catalog.INDEX["operations"][name] and status < 300:
                body.setdefault("id", "task-1")  # which a task needs, whatever the schema requires
            yield from _with_older_code(Documented(name, status, "", None, body))


def _with_older_code(one: Documented) -> Iterator[Documented]:
    yield one
    body = one.body
    if one.status >= 400 and isinstance(body, dict):
        holder = body["error"] if isinstance(body.get("error"), dict) else body
        if isinstance(holder.get("code"), str):
            older = {**holder, "code": one.status}
            yield one._replace(body={**body, "error": older} if holder is not body else older, is_older=True)


def sample(schema: dict[str, Any]) -> Any:
    """A value that a reply's schema accepts."""
    known = catalog.CONTRACT["components"]["schemas"]
    return request_cases.valid(schema, {"$defs": known})


def schema_of(operation: str, status: int) -> dict[str, Any] | None:
    """The documented schema of a JSON reply, if any."""
    responses = catalog.operation(operation)["responses"]
    for code in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if code in responses:
            media = responses[code].get("content", {}).get(_JSON, {})
            found: dict[str, Any] | None = media.get("schema")
            return found
    return None


def properties(schema: dict[str, Any]) -> set[str]:
    """The property names of a schema and of its alternatives."""
    schema = request_cases.resolve(schema, {"$defs": catalog.CONTRACT["components"]["schemas"]})
    alternatives = [one for key in ("allOf", "anyOf", "oneOf") for one in schema.get(key, [])]
    return set(schema.get("properties", {})).union(*map(properties, alternatives))


def values_of(schema: dict[str, Any], keyword: str, depth: int = 0) -> Iterator[Any]:
    """The values of a keyword anywhere in a schema."""
    schema = request_cases.resolve(schema, {"$defs": catalog.CONTRACT["components"]["schemas"]})
    if keyword in schema:
        yield schema[keyword]
    inner = [*schema.get("properties", {}).values()]
    inner += [one for key in ("allOf", "anyOf", "oneOf") for one in schema.get(key, [])]
    for one in inner if depth < 8 else ():
        yield from values_of(one, keyword, depth + 1)


@functools.cache
def _validator(operation: str, status: int) -> jsonschema_rs.Draft202012Validator | None:
    schema = schema_of(operation, status)
    if schema is None:
        return None
    root = {"allOf": [schema], "components": catalog.CONTRACT["components"]}
    found = jsonschema_rs.Draft202012Validator(root, validate_formats=True)
    # Some examples break their own schema; such a schema cannot be required of other replies.
    shown = [one.body for one in _of_operation(operation) if one.status == status and not one.is_older]
    return found if all(found.is_valid(body) for body in shown) else None


def violations(operation: str, status: int, body: Any) -> list[str]:
    """How a reply differs from its documented schema."""
    validator = _validator(operation, status)
    return [] if validator is None else [error.message for error in validator.iter_errors(body)]


@functools.cache
def _routes() -> list[tuple[str, re.Pattern[str], str]]:
    found = []
    for template, item in catalog.CONTRACT["paths"].items():
        parts = re.split(r"\{[^{}]*\}", template)
        pattern = re.compile("[^/]+".join(map(re.escape, parts)))
        found += [
            (method.upper(), pattern, one["operationId"])
            for method, one in item.items()
            if isinstance(one, dict) and "operationId" in one
        ]
    return sorted(found, key=lambda route: (route[1].pattern.count("[^/]+"), -len(route[1].pattern)))


def operation_at(method: str, path: str) -> str | None:
    """The operation of a request."""
    return next((name for verb, at, name in _routes() if verb == method and at.fullmatch(path)), None)


def fields(value: Any, path: str = "") -> set[str]:
    """The paths of all values in a JSON value; the items of a list share one path."""
    if isinstance(value, dict):
        return {path}.union(*(fields(item, f"{path}.{name}") for name, item in value.items()))
    if isinstance(value, list):
        return {path}.union(*(fields(item, f"{path}[]") for item in value))
    return {path}


def code_and_message(body: Any) -> tuple[str | None, str]:
    """Code and message of an error, in any of the documented envelopes."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return error, str(body.get("error_description", ""))
    holder = error if isinstance(error, dict) else body if isinstance(body, dict) else {}
    code = holder.get("code")
    return None if code is None else str(code), str(holder.get("message", holder.get("msg", "")))
