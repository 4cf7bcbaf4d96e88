"""The contract as the tests see it: every operation and model, from the committed data alone."""

import json
from keyword import iskeyword
from pathlib import Path
from typing import Any, NamedTuple

from contract import rules

import evolink_api
from evolink_api.validation import Validator

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
        for name, file in entry.get("models", {}).items() if "link" in entry else ():
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


def arguments(name: str) -> dict[str, Any]:
    """What `client.call` needs for an operation, as its document shows it."""
    slice_ = json.loads((_FOLDER / "contract" / "operations" / f"{name}.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = {
        one["name"]: one.get("example", rules.valid(one["schema"], one["schema"]))
        for one in slice_["parameters"]
        if one.get("required") and one["in"] in ("path", "query")
    }
    for kind, media in operation(name).get("requestBody", {}).get("content", {}).items():
        examples = [example["value"] for example in media.get("examples", {}).values()]
        schema = slice_["schema"] or {}
        if kind.endswith("json"):
            return {**found, "body": examples[0] if examples else rules.valid(schema, schema)}
        if kind == "multipart/form-data":
            return {**found, "files": {"file": ("note.txt", b"hello", "text/plain")}, "body": {}}
        if kind == "application/octet-stream":
            return {**found, "body": b"hello"}
    return found


def needs_key(name: str) -> bool:
    """Whether an operation asks for a key."""
    return bool(operation(name).get("security", CONTRACT.get("security")))


class Sent:
    """A request object, for bodies whose names are options of the client or no identifiers."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def to_dict(self) -> dict[str, Any]:
        return self._body
