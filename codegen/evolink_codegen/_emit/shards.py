"""The contract as small JSON files, so that using one model reads one model."""

from __future__ import annotations

from typing import Any

from .._merge.links import operations
from .._openapi import naming, refs, structure
from ..runtime.extensions import (
    API_KEYS,
    ERROR_CODES,
    GENERATION,
    LIFECYCLE,
    MODELS,
    OPERATION_IDS,
    RESULT_TTL,
    ROLE,
    ROLE_VALUES,
    TASK_ERRORS,
    TASK_VALUES,
)
from ..runtime.media_types import FORMS, JSON, is_json
from ..runtime.validation import Validator, closure
from .view import function_arguments

_ACTIVE = {"status": "active"}
_MARKS = {
    "task_errors": TASK_ERRORS.name,
    "result_ttl": RESULT_TTL.name,
    "task_values": TASK_VALUES.name,
}


def contract_shards(contract: dict[str, Any]) -> dict[str, Any]:
    """File names below `contract/`, with what each holds.

    `index.json` lists the operations and models; `models/*.json` and `operations/*.json` hold one each.
    `errors.json` is what is known of error replies.
    """
    files: dict[str, Any] = {}
    index: dict[str, Any] = {}
    roles: dict[str, Any] = {}
    servers = contract.get("servers") or [{"url": ""}]
    taken: dict[str, str] = {}
    for method, path, operation in operations(contract):
        name = operation["operationId"]
        entry: dict[str, Any] = {
            "method": method,
            "path": path,
            "resource": operation["tags"][0],
            "module": f"evolink_api.api.{operation['tags'][0]}.{naming.snake(name)}",
        }
        if aliases := operation.get(OPERATION_IDS.name):
            entry["aliases"] = aliases
        if "servers" in operation:
            entry["server"] = operation["servers"][0]["url"]
        if generation := operation.get(GENERATION.name):
            entry["generation"] = generation
            entry["resource"] = naming.client_attribute(entry["resource"])
        if role := operation.get(ROLE.name):
            roles[role] = {"operation": name, **operation.get(ROLE_VALUES.name, {})}
        models = _models(contract, operation)
        for model, one in models.items():
            file = _file(taken, model)
            entry.setdefault("models", {})[model] = file
            if "lifecycle" in one:
                entry.setdefault("lifecycle", {})[model] = one["lifecycle"]
            files[file] = {"model": model, "operation": name, **one}
        file = f"operations/{name}.json"
        files[file] = _operation(contract, operation)
        if files[file]["schema"] is not None and not models:
            entry["request"] = file
        index[name] = entry
    for entry in index.values():
        if "generation" in entry:
            _add_credits(contract, entry, files)
    queries = [entry["generation"]["query"] for entry in index.values() if "generation" in entry]
    files["index.json"] = {
        "server": servers[0]["url"],
        "task_query": max(sorted(set(queries)), key=queries.count) if queries else None,
        "roles": dict(sorted(roles.items())),
        "operations": index,
    }
    files["errors.json"] = {
        "api_keys": contract.get(API_KEYS.name),
        "codes": contract.get(ERROR_CODES.name, {}),
    }
    return files


def _file(taken: dict[str, str], model: str) -> str:
    """A file of its own for every model id, even where two ids differ in signs alone."""
    stem = naming.slug(model)
    while taken.setdefault(stem, model) != model:
        stem += "-"
    return f"models/{stem}.json"


def _models(contract: dict[str, Any], operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    media = _json(operation.get("requestBody"))
    mapping = media.get("schema", {}).get("discriminator", {}).get("mapping", {})
    examples = media.get("examples", {}).values()
    models: dict[str, dict[str, Any]] = {}
    schemas: dict[str, dict[str, Any]] = {}
    validators: dict[str, Validator] = {}
    for model, reference in mapping.items():
        if reference not in schemas:
            schemas[reference] = closure(contract, refs.resolve(contract, {"$ref": reference}))
            validators[reference] = Validator(schemas[reference], unknown=True)
        schema = schemas[reference]
        lifecycle = schema.get(LIFECYCLE.name, _ACTIVE)
        models[model] = {
            "request_class": reference.rsplit("/", 1)[-1],
            **({"lifecycle": lifecycle} if lifecycle["status"] != _ACTIVE["status"] else {}),
            "schema": schema,
            "examples": [
                one["value"]
                for one in examples
                if model in one.get(MODELS.name, [model]) and validators[reference].is_valid(one["value"])
            ],
        }
    return models


def _add_credits(contract: dict[str, Any], entry: dict[str, Any], files: dict[str, Any]) -> None:
    """Tell each model of an operation what its documented reply says that it costs."""
    query = files[f"operations/{entry['generation']['query']}.json"]
    paths = query.get("task_values", {}).get("credits", [])
    operation = contract["paths"][entry["path"]][entry["method"]]
    examples = [
        example
        for status, response in operation["responses"].items()
        if status.startswith("2")
        for example in _json(response).get("examples", {}).values()
    ]
    for model, file in entry.get("models", {}).items():
        replies = [one["value"] for one in examples if model in one.get(MODELS.name, [model])]
        costs = [
            value for reply in replies for path in paths if (value := _number_at(reply, path)) is not None
        ]
        if costs:
            files[file]["credits"] = costs[0]


def _number_at(value: Any, path: str) -> float | None:
    """The number at a path of names joined by dots; lists are searched."""
    values = [value]
    for name in path.split("."):
        flat = [item for one in values for item in (one if isinstance(one, list) else [one])]
        values = [one[name] for one in flat if isinstance(one, dict) and name in one]
    numbers = (one for one in values if isinstance(one, int | float) and not isinstance(one, bool))
    return next(numbers, None)


def _operation(contract: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody") or {}
    schema = _json(body).get("schema")
    told_apart = schema is not None and "discriminator" in schema
    arguments = function_arguments(operation)
    replies = {
        status: {"schema": closure(contract, _json(response)["schema"]) if _json(response) else None}
        for status, response in operation["responses"].items()
        if status.startswith("2")
    }
    shard: dict[str, Any] = {
        "operation": operation["operationId"],
        "parameters": [
            {
                **parameter,
                "schema": closure(contract, parameter["schema"]),
                "argument": arguments[parameter["in"], parameter["name"]],
            }
            for parameter in operation.get("parameters", [])
        ],
        "content_types": list(body.get("content", {})),
        "body_required": bool(body.get("required")),
        "request_class": None if schema is None or told_apart else refs.schema_name(schema),
        "schema": None if schema is None or told_apart else closure(contract, schema),
        "replies": replies,
    }
    forms = {
        kind: closure(contract, media["schema"])
        for kind, media in body.get("content", {}).items()
        if kind in FORMS
    }
    if forms:
        shard["forms"] = forms
    for key, mark in _MARKS.items():
        for schema in replies.values():
            value = _marked(schema, mark)
            if value is not None:
                shard[key] = value
    return shard


def _json(holder: dict[str, Any] | None) -> dict[str, Any]:
    content: dict[str, Any] = (holder or {}).get("content") or {}
    kinds = sorted(filter(is_json, content), key=lambda kind: kind != JSON)
    media: dict[str, Any] = content[kinds[0]] if kinds else {}
    return media


def _marked(value: Any, mark: str) -> Any:
    """The value of an extension wherever it stands in a schema."""
    for _, mapping in structure.walk(value):
        if mark in mapping:
            return mapping[mark]
    return None
