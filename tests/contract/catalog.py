"""Every operation and model of the contract, read from the generated data."""

import json
from keyword import iskeyword
from pathlib import Path
from typing import Any, NamedTuple

from contract import request_cases

import evolink_api
from evolink_api.validation import Validator, closure

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
# Keywords of the client beside the documented parameters.
OPTIONS = {
    "timeout",
    "idempotency_key",
    "poll_interval",
    "on_update",
    "extra_headers",
    "extra_query",
    "extra_body",
}
_FOLDER = Path(evolink_api.__file__).parent
INDEX: dict[str, Any] = json.loads((_FOLDER / "contract" / "index.json").read_text(encoding="utf-8"))
CONTRACT: dict[str, Any] = json.loads((_FOLDER / "contract.json").read_text(encoding="utf-8"))


class Model(NamedTuple):
    """One model of an operation that starts generation tasks, with a valid request."""

    name: str
    resource: str
    operation: str
    path: str
    schema: dict[str, Any]
    example: dict[str, Any]


def schema_of(operation: str, model: str) -> dict[str, Any]:
    """The request schema of a model."""
    file = _FOLDER / "contract" / INDEX["operations"][operation]["models"][model]
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["schema"]
    return found


def models() -> list[Model]:
    found = []
    for operation, entry in INDEX["operations"].items():
        for name, file in entry.get("models", {}).items() if "generation" in entry else ():
            one = json.loads((_FOLDER / "contract" / file).read_text(encoding="utf-8"))
            schema, accepts = one["schema"], Validator(one["schema"]).is_valid
            example = next(filter(accepts, one["examples"]), None) or {
                **request_cases.valid(schema, schema),
                "model": name,
            }
            found.append(Model(name, entry["resource"], operation, entry["path"], schema, example))
    return found


def keyword_models() -> list[Model]:
    """The models whose parameters can all be passed as keywords; others need a request object."""
    return [
        model
        for model in models()
        if not OPTIONS & model.schema.get("properties", {}).keys()
        and all(name.isidentifier() and not iskeyword(name) for name in model.example)
    ]


def operation(name: str) -> dict[str, Any]:
    """An operation of the contract."""
    found: dict[str, Any] = next(
        one for item in CONTRACT["paths"].values() for one in item.values() if one["operationId"] == name
    )
    return found


def success_of(name: str) -> int:
    """The documented status of a success."""
    return int(min(status for status in operation(name)["responses"] if status[0] == "2"))


def documented(name: str, status: str, model: str) -> list[Any]:
    """The documented bodies of one reply for one model; for an unknown model those of all."""
    response = operation(name)["responses"].get(status, {})
    examples = list(response.get("content", {}).get("application/json", {}).get("examples", {}).values())
    own = [example["value"] for example in examples if model in example.get("x-evolink-models", [model])]
    return own or [example["value"] for example in examples]


class Parameter(NamedTuple):
    """A required parameter of an operation with a value."""

    location: str
    name: str
    argument: str
    value: Any


def _shard(name: str) -> dict[str, Any]:
    path = _FOLDER / "contract" / "operations" / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def parameters(name: str) -> list[Parameter]:
    """The required parameters of an operation with their documented values."""
    return [
        Parameter(
            one["in"],
            one["name"],
            one["argument"],
            one["example"] if "example" in one else _text_value(one["schema"]),
        )
        for one in _shard(name)["parameters"]
        if one.get("required")
    ]


def _text_value(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """A valid value for a parameter or form field, where an empty list would be absent."""
    root = schema if root is None else root
    value, schema = request_cases.valid(schema, root), request_cases.resolve(schema, root)
    return value if value != [] else [request_cases.valid(schema.get("items", {}), root)]


class Content(NamedTuple):
    """A request body.

    Attributes:
        kind: The media type.
        body: The JSON value, form fields or bytes.
        files: The files of a multipart form.
    """

    kind: str
    body: Any
    files: dict[str, tuple[str, bytes, str]]


def content(name: str) -> Content | None:
    """The documented request body of an operation; None if it has none."""
    models = INDEX["operations"][name].get("models")
    schema = schema_of(name, next(iter(models))) if models else _shard(name)["schema"] or {}
    # Some examples break their schema; the mock refuses them like any invalid request.
    accepts = Validator(schema, unknown=True).is_valid
    for kind, media in operation(name).get("requestBody", {}).get("content", {}).items():
        if kind.endswith(("/json", "+json")):
            examples = [example["value"] for example in media.get("examples", {}).values()]
            body = next(filter(accepts, examples), None) or request_cases.valid(schema, schema)
            return Content(kind, body, {})
        if kind in (FORM, MULTIPART):
            return _form(kind, closure(CONTRACT, media["schema"]), media.get("encoding", {}))
        return Content("application/octet-stream" if "*" in kind else kind, b"hello", {})
    return None


def _form(kind: str, schema: dict[str, Any], encoding: dict[str, Any]) -> Content:
    """The required fields of a form, and a file for every file field."""
    root = request_cases.resolve(schema, schema)
    fields = {name: request_cases.resolve(one, schema) for name, one in root.get("properties", {}).items()}
    item_schemas = {
        name: request_cases.resolve(one.get("items", one), schema) for name, one in fields.items()
    }
    files = [
        name
        for name, one in item_schemas.items()
        if one.get("format") == "binary" or "contentMediaType" in one
    ]
    required = [name for name in request_cases.valid(root, schema) if name not in files]
    values = {name: _text_value(fields[name], schema) for name in required}
    types = {
        name: (
            encoding.get(name, {}).get("contentType")
            or item_schemas[name].get("contentMediaType", "text/plain")
        ).split(",")[0]
        for name in files
    }
    return Content(kind, values, {name: ("note", b"hello", media_type) for name, media_type in types.items()})


def arguments(name: str) -> dict[str, Any]:
    """The arguments of `client.call` for an operation."""
    sent = content(name)
    return {
        **{one.argument: one.value for one in parameters(name)},
        **({} if sent is None else {"body": sent.body}),
        **({"files": sent.files} if sent is not None and sent.files else {}),
    }


def needs_key(name: str) -> bool:
    """Whether an operation requires a key."""
    return bool(operation(name).get("security", CONTRACT.get("security")))


class RequestObject:
    """A request object for bodies whose names are options of the client or no identifiers."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def to_dict(self) -> dict[str, Any]:
        return self._body
