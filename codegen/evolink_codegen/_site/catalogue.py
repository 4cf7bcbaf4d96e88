"""The models of the contract, and what a page tells of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._emit.models_table import model_infos
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
        method: The method of the operation that starts its tasks.
        path: Likewise.
        reply: The documented first reply; None if there is none.
        result: The documented reply of a finished task; None if there is none.
        errors: The documented error replies.
        revisions: The versions of its documents, the latest first.
    """

    info: ModelInfo
    server: str
    method: str
    path: str
    reply: Any = None
    result: Any = None
    errors: Sequence[ErrorExample] = ()
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
    shards = contract_shards(dict(contract))
    index = shards["index.json"]
    entries: dict[str, Any] = {}
    for entry in index["operations"].values():
        if "generation" in entry:
            entries = {**dict.fromkeys(entry.get("models", {}), entry), **entries}
    return [
        _model(
            info,
            entries[info.id],
            index,
            contract,
            [one for name in documents.get(info.id, ()) for one in history.get(name, ())],
        )
        for info in model_infos(shards)
    ]


def _model(
    info: ModelInfo,
    entry: Mapping[str, Any],
    index: Mapping[str, Any],
    contract: Mapping[str, Any],
    revisions: Sequence[Revision],
) -> CatalogueModel:
    """What is known of a model, from the entry of its operation in the index."""
    operation = contract["paths"][entry["path"]][entry["method"]]
    query = index["operations"][entry["generation"]["query"]]
    return CatalogueModel(
        info=info,
        server=entry.get("server", index["server"]),
        method=entry["method"],
        path=entry["path"],
        reply=next(_examples(operation, "2", info.id), None),
        result=_finished(contract["paths"][query["path"]][query["method"]], info.id),
        errors=list(_errors(operation, info.id)),
        revisions=sorted(revisions, key=lambda one: one["date"], reverse=True),
    )


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
