"""A documented create and its query, read from the generated data."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, NamedTuple


class Create(NamedTuple):
    """A create of the first model of the contract.

    Attributes:
        url: Where it is posted.
        query_url: Where the task is queried; `{}` stands for its id.
        body: A documented body.
    """

    url: str
    query_url: str
    body: dict[str, Any]


def create() -> Create:
    """The first operation that starts a generation task, with a documented body."""
    folder = resources.files("evolink_api") / "contract"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    operations = index["operations"]
    operation = next(one for one in operations.values() if "generation" in one and "models" in one)
    generation = operation["generation"]
    query = operations[generation["query"]]
    shard = folder / next(iter(operation["models"].values()))
    return Create(
        operation.get("server", index["server"]) + operation["path"],
        query.get("server", index["server"]) + query["path"].replace(f"{{{generation['parameter']}}}", "{}"),
        json.loads(shard.read_text(encoding="utf-8"))["examples"][0],
    )
