"""Which operations start a generation task, and by which operation each task is queried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._openapi import refs
from ..runtime.extensions import GENERATION, OPERATION_IDS

_MARKS = frozenset({"id", "status"})
_ID = "$response.body#/id"

Contract = dict[str, Any]
Operation = dict[str, Any]


def infer_links(contract: Contract) -> None:
    """Complete the links of a contract and mark the operations that start a generation task.

    Documented links are pointed to operations of the contract; links that no document gives are inferred.
    The reply that starts a task carries an `id` and a `status`. So does the reply of the query, which takes
    the id in its path. A POST that must be given more than a body, as the id of what it cancels, is left to
    those who know what that is.
    """
    _translate(contract)
    _infer(contract)
    for operation, generation in _linked_queries(contract):
        operation[GENERATION.name] = generation


def generations(contract: Contract) -> dict[str, dict[str, str]]:
    """The query of each operation that starts a task, and the parameter there that takes the task's id."""
    return {
        operation["operationId"]: operation[GENERATION.name]
        for _, _, operation in operations(contract)
        if GENERATION.name in operation
    }


def _infer(contract: Contract) -> None:
    queries = dict(_queries(contract))
    if not queries:
        return
    known = {
        operation["operationId"]: generation["query"] for operation, generation in _linked_queries(contract)
    }
    documented = [query for query in known.values() if query in queries]
    for method, _, operation in operations(contract):
        if method != "post" or operation["operationId"] in known or not _needs_body_only(operation):
            continue
        for status, response in operation["responses"].items():
            names = _properties(contract, response)
            if status.startswith("2") and names >= _MARKS:
                target = documented[0] if documented else _most_similar(contract, queries, names)
                response["links"] = {
                    **response.get("links", {}),
                    "task": {"operationId": target, "parameters": {_path_names(queries[target])[0]: _ID}},
                }


def operations(contract: Contract) -> Iterator[tuple[str, str, Operation]]:
    """Method, path and operation of each operation of the contract."""
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def _linked_queries(contract: Contract) -> Iterator[tuple[Operation, dict[str, str]]]:
    """Each operation that links to the query of a task, with that query.

    Documents link to other things too, as from the owner of a thing to the thing: those start no task.
    """
    known = {operation["operationId"]: (method, operation) for method, _, operation in operations(contract)}
    for method, _, operation in operations(contract):
        queries = [
            {"query": target, "parameter": parameter}
            for link in (_linked(operation) if method == "post" and _needs_body_only(operation) else ())
            for parameter, expression in (link.get("parameters") or {}).items()
            if expression == _ID
            and (target := link.get("operationId", "")) in known
            and _tells_of_tasks(contract, *known[target])
        ]
        if queries:
            yield operation, queries[0]


def _needs_body_only(operation: Operation) -> bool:
    """Whether an operation can be called with a body alone."""
    return not any(parameter.get("required") for parameter in operation.get("parameters", ()))


def _tells_of_tasks(contract: Contract, method: str, operation: Operation) -> bool:
    """Whether an operation can be the query of a task, as far as its reply is documented."""
    names = set().union(*(_properties(contract, reply) for reply in _successes(operation)))
    return method == "get" and (not names or names >= _MARKS)


def _translate(contract: Contract) -> None:
    """Links by the ids of the contract; a link to what no document describes leads nowhere and goes."""
    known: dict[str, Operation] = {}
    for _, _, operation in operations(contract):
        for alias in operation.get(OPERATION_IDS.name, ()):
            known.setdefault(alias, operation)
    known |= {operation["operationId"]: operation for _, _, operation in operations(contract)}
    for _, _, operation in operations(contract):
        for response in operation["responses"].values():
            links = {
                name: _translated(found, known[found["operationId"]])
                for name, found in response.pop("links", {}).items()
                if found.get("operationId") in known
            }
            if links:
                response["links"] = links


def _translated(link: dict[str, Any], target: Operation) -> dict[str, Any]:
    names = _path_names(target)
    parameters = {
        str(name).removeprefix("path."): value
        for name, value in (link.get("parameters") or {}).items()
        if isinstance(value, str)
    }
    if len(names) == len(parameters) == 1:  # the path may spell it otherwise than the link's document does
        parameters = dict(zip(names, parameters.values(), strict=True))
    kept = {key: link[key] for key in ("description",) if isinstance(link.get(key), str)}
    return {**kept, "operationId": target["operationId"], "parameters": parameters}


def _linked(operation: Operation) -> list[dict[str, Any]]:
    return [found for response in _successes(operation) for found in response.get("links", {}).values()]


def _successes(operation: Operation) -> list[dict[str, Any]]:
    return [reply for status, reply in operation["responses"].items() if status.startswith("2")]


def _queries(contract: Contract) -> Iterator[tuple[str, Operation]]:
    for method, _, operation in operations(contract):
        replies = _successes(operation)
        if (
            method == "get"
            and len(_path_names(operation)) == 1
            and any(_properties(contract, reply) >= _MARKS for reply in replies)
        ):
            yield operation["operationId"], operation


def _most_similar(contract: Contract, queries: dict[str, Operation], names: set[str]) -> str:
    """The query whose reply has most in common with that of the operation."""

    def common(name: str) -> int:
        return max(len(_properties(contract, reply) & names) for reply in _successes(queries[name]))

    return max(sorted(queries), key=common)


def _path_names(operation: Operation) -> list[str]:
    return [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]


def _properties(contract: Contract, response: dict[str, Any]) -> set[str]:
    """The names at the top of a reply, whatever it is composed of; without a schema, those it shows."""
    contents = list((response.get("content") or {}).values())
    names: set[str] = set()
    pending = [media["schema"] for media in contents]
    seen: list[dict[str, Any]] = []
    while pending:
        schema = refs.resolve(contract, pending.pop())
        if schema not in seen:
            seen.append(schema)
            names |= set(schema.get("properties", {}))
            pending += [one for key in ("allOf", "anyOf", "oneOf") for one in schema.get(key, [])]
    shown = [example["value"] for media in contents for example in media.get("examples", {}).values()]
    return names or {name for value in shown if isinstance(value, dict) for name in value}
