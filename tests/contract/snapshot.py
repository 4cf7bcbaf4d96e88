"""The contract snapshot: the facts of the contract, one per line, reviewed by people and pinned by a test.

All other tests derive their expectations from the documents, so a changed document changes code and tests
alike. The lines in `snapshot.txt` change only on request.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract import catalog, request_cases

PATH = Path(__file__).with_name("snapshot.txt")
_PROSE = {"description", "title", "summary", "example", "examples", "externalDocs", "discriminator"}
# Pages are withdrawn without any change of their documents.
_IGNORED = {*_PROSE, "$defs", "x-evolink-lifecycle"}
_COMBINATIONS = ("allOf", "anyOf", "oneOf")


def facts() -> dict[str, list[str]]:
    """The facts of each operation and of each of its models."""
    found: dict[str, list[str]] = {}
    for path, item in catalog.CONTRACT["paths"].items():
        for method, operation in item.items():
            # Documents use different names for the same path parameter.
            subject = f"{method.upper()} {re.sub(r'{[^{}]*}', '{}', path)}"
            name = operation["operationId"]
            models = catalog.INDEX["operations"][name].get("models", {})
            found[subject] = sorted(
                {*_operation(operation, has_models=bool(models)), *_replies(operation, None)}
            )
            for model in models:
                schema = catalog.schema_of(name, model)
                lines = {f"request{fact}" for fact in _schema(schema, schema, "")}
                found[f"{subject} {model}"] = sorted({*lines, *_replies(operation, model)})
    return dict(sorted(found.items()))


def _operation(operation: dict[str, Any], *, has_models: bool) -> Iterator[str]:
    components = {"$defs": catalog.CONTRACT["components"]["schemas"]}
    yield f"security {_json(operation.get('security', catalog.CONTRACT.get('security')))}"
    entry = catalog.INDEX["operations"][operation["operationId"]]
    yield f"server {entry.get('server', catalog.INDEX['server'])}"
    if role := operation.get("x-evolink-role"):
        yield f"role {role}"
        yield from _leaves(operation.get("x-evolink-role-values", {}), "role")
    for one in operation.get("parameters", []):
        location = one["in"] if one["in"] == "path" else f"{one['in']} {one['name']}"
        yield f"{location} required {_json(one.get('required', False))}"
        yield from (f"{location}{fact}" for fact in _schema(one.get("schema", {}), components, ""))
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        yield f"request type {kind}"
        if not has_models:
            yield from (f"request{fact}" for fact in _schema(media.get("schema", {}), components, ""))
    for status, response in operation["responses"].items():
        yield f"reply {status}"
        for kind, media in response.get("content", {}).items():
            schema = media.get("schema", {})
            location = f"reply {status}" if kind == "application/json" else f"reply {status} {kind}"
            yield from (f"{location}{fact}" for fact in _schema(schema, components, ""))


def _replies(operation: dict[str, Any], model: str | None) -> Iterator[str]:
    """The values in the examples of one model; for None, in the examples of no particular model."""
    for status, response in operation["responses"].items():
        for media in response.get("content", {}).values():
            for example in media.get("examples", {}).values():
                if model in example.get("x-evolink-models", [None]):
                    yield from (f"reply {status} shows{one}" for one in _leaves(example["value"], ""))


def _schema(schema: Any, root: dict[str, Any], path: str, depth: int = 0) -> Iterator[str]:
    """Every rule of a schema with its path; alternatives of one value share a path."""
    if not isinstance(schema, dict) or depth > 8:  # schemas may be recursive
        return
    schema = request_cases.resolve(schema, root)
    for key, value in schema.items():
        if key == "properties":
            for name, one in value.items():
                yield from _schema(one, root, f"{path}.{name}", depth + 1)
        elif key == "items":
            yield from _schema(value, root, f"{path}[]", depth + 1)
        elif key == "additionalProperties" and isinstance(value, dict):
            yield from _schema(value, root, f"{path}.*", depth + 1)
        elif key in _COMBINATIONS:
            for one in value:
                yield from _schema(one, root, path, depth + 1)
        elif isinstance(value, dict) and key not in _IGNORED:
            yield from _leaves(value, f"{path} {key}")
        elif key not in _IGNORED:
            for one in value if isinstance(value, list) else [value]:
                yield f"{path} {key} {_json(one)}"


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for item in value:
            yield from _leaves(item, f"{path}[]")
    else:
        yield f"{path} {_json(value)}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def read(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The reviewed facts; empty if one of the reviewed documents has changed or was removed.

    Args:
        documents: The provenance of the current documents, by slug.
    """
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in PATH.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            slug, digest = line.removeprefix("# ").split()
            if documents.get(slug, {}).get("sha256") != digest:
                return {}
        elif line.startswith("## "):
            lines = found.setdefault(line.removeprefix("## "), [])
        elif line:
            lines.append(line)
    return found


def write(documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the current facts and the hashes of their documents."""
    heads = "".join(f"# {slug} {provenance['sha256']}\n" for slug, provenance in sorted(documents.items()))
    parts = [f"## {subject}\n" + "".join(f"{one}\n" for one in lines) for subject, lines in facts().items()]
    PATH.write_text("\n".join([heads, *parts]), encoding="utf-8")
