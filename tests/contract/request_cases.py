"""Requests that break one rule of a schema, as `verify` sends them, and those that just keep one."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs

from evolink_mock._drift.request_cases import UNIONS, RequestCase, attempts, resolve, valid

__all__ = ["RequestCase", "allowed", "invalid", "is_lenient", "resolve", "valid"]


def is_lenient(root: dict[str, Any], path: str) -> bool:
    """Whether the API accepts any value at a path, despite the documented rules."""
    schema = root
    for name in path.replace("[0]", ".[0]").split("."):
        inner = schema.get("items", {}) if name == "[0]" else schema.get("properties", {}).get(name, {})
        schema = resolve(inner, root)
        if "x-evolink-lenient" in schema:
            return True
    return False


def invalid(root: dict[str, Any], example: dict[str, Any]) -> Iterator[RequestCase]:
    """For every rule of a request schema one request that breaks it, if a simple value does."""
    accepts = _independent(root)
    # Rules for links are ours: only the validator under test knows them.
    yield from (case for case in attempts(root, example) if case.rule == "url" or not accepts(case.body))


def allowed(root: dict[str, Any], example: dict[str, Any]) -> Iterator[RequestCase]:
    """For every documented value and limit one request that just keeps it."""
    accepts = _independent(root)
    for name, property_ in root.get("properties", {}).items():
        schema = resolve(property_, root)
        for rule, value in _limits(schema, root, example.get(name, valid(schema, root))):
            body = {**copy.deepcopy(example), name: value}
            if accepts(body):
                yield RequestCase(f"{rule}-{json.dumps(value)[:20]}", name, body)


def _independent(root: dict[str, Any]) -> Callable[[Any], bool]:
    """Tells valid bodies: the validator under test must not decide what is."""
    return jsonschema_rs.Draft202012Validator(root, validate_formats=True).is_valid


def _limits(
    schema: dict[str, Any], root: dict[str, Any], value: Any, depth: int = 0
) -> Iterator[tuple[str, Any]]:
    for part in (schema, *(resolve(one, root) for key in UNIONS for one in schema.get(key, []))):
        yield from (("enum", one) for one in part.get("enum", []))
        yield from ((rule, part[rule]) for rule in ("minimum", "maximum") if rule in part)
        text = value if isinstance(value, str) else "x"
        yield from (
            (rule, text.ljust(part[rule], "x")) for rule in ("minLength", "maxLength") if rule in part
        )
        items = value if isinstance(value, list) and value else [valid(part.get("items", {}), root)]
        yield from ((rule, items[:1] * part[rule]) for rule in ("minItems", "maxItems") if rule in part)
        fields: dict[str, Any] = value if isinstance(value, dict) else {}
        for name, one in part.get("properties", {}).items() if depth < 3 else ():
            limits = _limits(resolve(one, root), root, fields.get(name), depth + 1)
            yield from ((f"{name}-{rule}", {**fields, name: inner}) for rule, inner in limits)
