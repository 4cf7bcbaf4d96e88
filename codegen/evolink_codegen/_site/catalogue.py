"""The models of the contract, and what a page tells of each."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._emit.shards import contract_shards
from ..history import Revision
from ..runtime.extensions import MODELS
from ..runtime.model_info import ModelInfo

JSON = "application/json"


@dataclass(frozen=True)
class ErrorExample:
    """A documented error reply.

    Attributes:
        status: As documented, so also `4XX` or `default`.
        code: Its code, if the example has one.
        text: What the example says, else what the document says of the status.
    """

    status: str
    code: str | None
    text: str


@dataclass(frozen=True)
class CatalogueModel:
    """A model, with the parts of the contract that its page shows.

    Attributes:
        info: Its parameters, lifecycle and so on.
        server: The address of the API.
        method: Of the operation that starts its tasks.
        path: Likewise.
        reply: The documented first reply; None if there is none.
        result: The documented reply of a finished task; None if there is none.
        errors: The documented error replies.
        documents: The names of the documents that it is in.
        revisions: Their versions, the latest first.
    """

    info: ModelInfo
    server: str
    method: str
    path: str
    reply: Any = None
    result: Any = None
    errors: Sequence[ErrorExample] = ()
    documents: Sequence[str] = ()
    revisions: Sequence[Revision] = field(default_factory=list)

    @property
    def body(self) -> Mapping[str, Any] | None:
        """The documented request that its examples show, with the model's id; None if there is none."""
        example = next(iter(self.info.examples), None)
        return None if example is None else {"model": self.info.id, **example}


def catalogue(
    contract: Mapping[str, Any],
    documents: Mapping[str, Sequence[str]],
    history: Mapping[str, Sequence[Revision]],
) -> list[CatalogueModel]:
    """All models of the contract, by kind and id.

    Args:
        contract: The merged document.
        documents: The names of the documents that each model is in.
        history: The versions of each document, the oldest first.
    """
    files = contract_shards(dict(contract))
    index = files["index.json"]
    found: dict[str, CatalogueModel] = {}
    for entry in index["operations"].values():
        if "generation" not in entry:
            continue
        operation = contract["paths"][entry["path"]][entry["method"]]
        query = index["operations"][entry["generation"]["query"]]
        queried = contract["paths"][query["path"]][query["method"]]
        for model, file in entry.get("models", {}).items():
            if model in found:
                continue
            names = documents.get(model, ())
            found[model] = CatalogueModel(
                info=ModelInfo(
                    model,
                    entry["resource"].rstrip("_").removesuffix("s"),
                    entry.get("lifecycle", {}).get(model),
                    functools.partial(files.__getitem__, file),
                ),
                server=entry.get("server", index["server"]),
                method=entry["method"],
                path=entry["path"],
                reply=next(_examples(operation, "2", model), None),
                result=_finished(queried, model),
                errors=list(_errors(operation, model)),
                documents=names,
                revisions=sorted(
                    (one for name in names for one in history.get(name, ())),
                    key=lambda one: one["date"],
                    reverse=True,
                ),
            )
    return sorted(found.values(), key=lambda one: (one.info.kind, one.info.id))


def _examples(operation: Mapping[str, Any], statuses: str, model: str) -> Iterator[Any]:
    """The values of the documented replies of some statuses that are for a model."""
    for status, response in operation["responses"].items():
        if status.startswith(statuses):
            examples = response.get("content", {}).get(JSON, {}).get("examples", {})
            yield from (one["value"] for one in examples.values() if model in one.get(MODELS.name, [model]))


def _finished(query: Mapping[str, Any], model: str) -> Any:
    """The documented reply of a task with results, best of the model itself."""
    examples = [one for one in _examples(query, "2", model) if isinstance(one, dict) and one.get("results")]
    return next((one for one in examples if one.get("model") == model), examples[0] if examples else None)


def _errors(operation: Mapping[str, Any], model: str) -> Iterator[ErrorExample]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            continue
        described = str(response.get("description", ""))
        bodies = [one.get("error") for one in _examples(operation, status, model) if isinstance(one, dict)]
        errors = [error for error in bodies if isinstance(error, dict)]
        for error in errors:
            code = error.get("code")
            yield ErrorExample(
                status, None if code is None else str(code), str(error.get("message", described))
            )
        if not errors:
            yield ErrorExample(status, None, described)
