"""From the operation that starts a job to the one that tells its progress."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import _refs

_MARKS = frozenset({"id", "status"})


def infer(contract: dict[str, Any]) -> None:
    """Give each operation that starts a job a standard link to the task query, where none is documented.

    A job's reply carries an `id` and a `status`, and so does the query's; the query takes the id in its path.
    """
    queries = list(_queries(contract))
    if not queries:
        return
    documented = [
        link
        for _, _, operation in operations(contract)
        for link in _linked(operation)
        if link["operationId"] in queries
    ]
    target = documented[0]["operationId"] if documented else queries[0]
    parameter = _path_parameters(next(o for _, _, o in operations(contract) if o["operationId"] == target))[0]
    for method, _, operation in operations(contract):
        if method != "post" or _linked(operation):
            continue
        for status, response in operation["responses"].items():
            if status.startswith("2") and _is_task(contract, response):
                response["links"] = {
                    **response.get("links", {}),
                    "task": {"operationId": target, "parameters": {parameter: "$response.body#/id"}},
                }


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of each operation of the contract."""
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def link(operation: dict[str, Any]) -> dict[str, str] | None:
    """The query operation of a job and the path parameter that takes its id; None if it is no job."""
    for found in _linked(operation):
        for parameter, expression in (found.get("parameters") or {}).items():
            if expression == "$response.body#/id":
                return {"operation": found["operationId"], "parameter": parameter.removeprefix("path.")}
    return None


def _linked(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        found
        for status, response in operation["responses"].items()
        if status.startswith("2")
        for found in (response.get("links") or {}).values()
        if "operationId" in found
    ]


def _queries(contract: dict[str, Any]) -> Iterator[str]:
    for method, _, operation in operations(contract):
        replies = [r for status, r in operation["responses"].items() if status.startswith("2")]
        if (
            method == "get"
            and len(_path_parameters(operation)) == 1
            and any(_is_task(contract, r) for r in replies)
        ):
            yield operation["operationId"]


def _path_parameters(operation: dict[str, Any]) -> list[str]:
    return [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]


def _is_task(contract: dict[str, Any], response: dict[str, Any]) -> bool:
    for media in (response.get("content") or {}).values():
        for schema in media["schema"].get("anyOf", [media["schema"]]):
            target = _refs.resolve(contract, schema)
            if (target.get("properties") or {}).keys() >= _MARKS:
                return True
    return False
