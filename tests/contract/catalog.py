"""The contract as the tests see it: every operation and model, from the committed data alone."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import evolink_api

_FOLDER = Path(evolink_api.__file__).parent
INDEX: dict[str, Any] = json.loads((_FOLDER / "contract" / "index.json").read_text(encoding="utf-8"))
CONTRACT: dict[str, Any] = json.loads((_FOLDER / "contract.json").read_text(encoding="utf-8"))


class Model(NamedTuple):
    """One model of one operation that starts jobs."""

    name: str
    resource: str
    operation: str
    path: str
    schema: dict[str, Any]
    examples: list[dict[str, Any]]

    @property
    def example(self) -> dict[str, Any]:
        return self.examples[0]


def models() -> list[Model]:
    found = []
    for operation, entry in INDEX["operations"].items():
        for name, file in entry.get("models", {}).items() if "link" in entry else ():
            one = json.loads((_FOLDER / "contract" / file).read_text(encoding="utf-8"))
            if one["examples"]:
                found.append(
                    Model(name, entry["resource"], operation, entry["path"], one["schema"], one["examples"])
                )
    return found


def documented(operation: str, status: str, model: str) -> list[Any]:
    """The documented bodies of one reply for one model; for an unknown one, those of all."""
    for item in CONTRACT["paths"].values():
        for one in item.values():
            if one["operationId"] == operation:
                media = one["responses"][status]["content"]["application/json"]
                examples = list(media.get("examples", {}).values())
                own = [e["value"] for e in examples if model in e.get("x-evolink-models", [model])]
                return own or [example["value"] for example in examples]
    return []
