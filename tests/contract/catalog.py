"""The contract as the tests see it: every operation and model, from the committed data alone."""

import json
from keyword import iskeyword
from pathlib import Path
from typing import Any, NamedTuple

from contract import rules

import evolink_api
from evolink_api.validation import Validator, closure

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
# What the client takes beside the documented parameters.
OPTIONS = {"timeout", "idempotency_key", "poll_interval", "on_update"}
_FOLDER = Path(evolink_api.__file__).parent
INDEX: dict[str, Any] = json.loads((_FOLDER / "contract" / "index.json").read_text(encoding="utf-8"))
CONTRACT: dict[str, Any] = json.loads((_FOLDER / "contract.json").read_text(encoding="utf-8"))


class Model(NamedTuple):
    """One model of one operation that starts jobs, with a request that its schema accepts."""

    name: str
    resource: str
    operation: str
    path: str
    schema: dict[str, Any]
    example: dict[str, Any]


def schema_of(operation: str, model: str) -> dict[str, Any]:
    """What a request for a model must be, as one schema."""
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
                **rules.valid(schema, schema),
                "model": name,
            }
            found.append(Model(name, entry["resource"], operation, entry["path"], schema, example))
    return found


def spelled() -> list[Model]:
    """The models that keywords can spell; the others are called with a request object."""
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


def documented(name: str, status: str, model: str) -> list[Any]:
    """The documented bodies of one reply for one model; for an unknown one, those of all."""
    response = operation(name)["responses"].get(status, {})
    examples = list(response.get("content", {}).get("application/json", {}).get("examples", {}).values())
    own = [example["value"] for example in examples if model in example.get("x-evolink-models", [model])]
    return own or [example["value"] for example in examples]


class Parameter(NamedTuple):
    """A parameter that an operation cannot do without, with a value for it."""

    place: str
    name: str
    argument: str
    value: Any


def _slice(name: str) -> dict[str, Any]:
    path = _FOLDER / "contract" / "operations" / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def parameters(name: str) -> list[Parameter]:
    """What an operation needs beside its body, as its document shows it."""
    return [
        Parameter(
            one["in"],
            one["name"],
            one["argument"],
            one["example"] if "example" in one else _told(one["schema"]),
        )
        for one in _slice(name)["parameters"]
        if one.get("required")
    ]


def _told(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """A value that parameters and forms can tell: an empty list would not be there at all."""
    root = schema if root is None else root
    value, schema = rules.valid(schema, root), rules.resolve(schema, root)
    return value if value != [] else [rules.valid(schema.get("items", {}), root)]


class Content(NamedTuple):
    """What an operation is sent."""

    kind: str
    body: Any
    files: dict[str, tuple[str, bytes, str]]


def content(name: str) -> Content | None:
    """What an operation is sent, as its document shows it; None if nothing is."""
    schema = _slice(name)["schema"] or {}
    # Not every example keeps to its schema: such a one is refused like any other wrong request.
    accepts = Validator(schema, unknown=True).is_valid
    for kind, media in operation(name).get("requestBody", {}).get("content", {}).items():
        if kind.endswith(("/json", "+json")):
            examples = [example["value"] for example in media.get("examples", {}).values()]
            return Content(kind, next(filter(accepts, examples), None) or rules.valid(schema, schema), {})
        if kind in (FORM, MULTIPART):
            return _form(kind, closure(CONTRACT, media["schema"]))
        return Content("application/octet-stream" if "*" in kind else kind, b"hello", {})
    return None


def _form(kind: str, schema: dict[str, Any]) -> Content:
    """The fields that a form cannot do without, and a file in every place for one."""
    root = rules.resolve(schema, schema)
    known = {name: rules.resolve(one, schema) for name, one in root.get("properties", {}).items()}
    held = {name: rules.resolve(one.get("items", one), schema) for name, one in known.items()}
    files = [name for name, one in held.items() if one.get("format") == "binary" or "contentMediaType" in one]
    needed = [name for name in rules.valid(root, schema) if name not in files]
    fields = {name: _told(known[name], schema) for name in needed}
    return Content(kind, fields, dict.fromkeys(files, ("note.txt", b"hello", "text/plain")))


def arguments(name: str) -> dict[str, Any]:
    """What `client.call` needs for an operation."""
    sent = content(name)
    return {
        **{one.argument: one.value for one in parameters(name)},
        **({} if sent is None else {"body": sent.body}),
        **({"files": sent.files} if sent is not None and sent.files else {}),
    }


def needs_key(name: str) -> bool:
    """Whether an operation asks for a key."""
    return bool(operation(name).get("security", CONTRACT.get("security")))


class Sent:
    """A request object, for bodies whose names are options of the client or no identifiers."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def to_dict(self) -> dict[str, Any]:
        return self._body
