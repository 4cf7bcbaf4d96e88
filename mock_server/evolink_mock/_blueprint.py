"""What the tasks of one model look like, read from the contract once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from evolink_mock import _schema, _shape
from evolink_mock._media import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from evolink_mock._contract import Contract
    from evolink_mock._operation import Link, Model, Operation
    from evolink_mock._shape import Kind, Shape
    from evolink_mock._tasks import State, Task

SECONDS = 60.0
"""How long a task takes whose documents do not say."""


class Blueprint:
    """Builds the bodies that tell of a task.

    Everything that can be known beforehand is; what is left for each request is a handful of fields.

    Args:
        contract: The contract.
        op: The operation that creates the tasks.
        link: How its reply leads to the query.
        model: What works on them.
    """

    def __init__(self, contract: Contract, op: Operation, link: Link, model: Model) -> None:
        document = contract.document
        self.operation = op
        self.model = model
        self.query = contract.operation(link.operation)
        self._key = link.pointer.removeprefix("/")
        example = op.success.example(model.name)
        if not isinstance(example, dict):
            sampled = _schema.sample(document, op.success.schema or {})
            example = sampled if isinstance(sampled, dict) else {}
        self._example: dict[str, Any] = example
        told = self.query.success.schema
        self._known = _schema.properties(document, told)
        self._told = _schema.documented(document, told, {**example, self._key: ""})
        self._flags = _flags(self.query)
        error = _schema.sample(document, self._known.get("error"))
        self._error: dict[str, Any] = error if isinstance(error, dict) else {}
        self.statuses = frozenset(_schema.extension(document, self._known.get("status"), "enum") or ())
        ttl = _schema.extension(document, self._known.get("results"), "x-evolink-result-ttl")
        self.ttl: float | None = None if ttl is None else float(ttl)
        self.credits = _number(_schema.search(example, "credits_reserved"), 0.0)
        self.seconds = _number(_schema.search(example, "estimated_time"), SECONDS)
        self._plays = _number(_schema.search(example, "video_duration"), 0.0)
        kind = example.get("type")
        self.kind: Kind = cast("Kind", kind) if kind in TYPES else "video"
        self.example_id = example.get(self._key)
        self.example_created = example.get("created")

    def created(self, task: Task) -> dict[str, Any]:
        """The reply that creates a task."""
        body = {**self._example, self._key: task.id}
        if "created" in body:
            body["created"] = int(task.created)
        if "model" in body and task.model.name is not None:
            body["model"] = task.model.name
        if self._plays:
            body = _replaced(body, "video_duration", round(self.asked(task)[1]))
        if task.plan.started:
            # Replies like this one have been seen to leave the time out.
            body.pop("created", None)
            body.update(status=task.plan.status or "processing", progress=1)
        return body

    def told(self, task: Task, state: State, links: Sequence[str]) -> dict[str, Any]:
        """The reply to a query, and the body of a callback."""
        body = {**self._told, self._key: task.id}
        told = {
            "created": int(task.created),
            "model": task.model.name,
            "progress": state.progress,
            "status": state.status,
        }
        known = self._known
        body.update({name: value for name, value in told.items() if name in known and value is not None})
        for name, flags in self._flags.get(state.status, {}).items():
            if name in body:
                body[name] = {**body[name], **flags}
        if links:
            body["results"] = list(links)
        if state.ended and task.plan.end == "failed":
            body["error"] = {**self._error, "code": task.plan.code, "message": task.plan.message}
        return body if not task.plan.extra else _schema.overlay(body, task.plan.extra)

    def asked(self, task: Task) -> tuple[dict[str, Any], float]:
        """The body as the API understands it, with defaults filled in; and how long the result plays."""
        asked = _schema.overlay(task.model.defaults, task.body)
        return asked, _shape.read(self.kind, asked, task.model.choices, self._plays or None).seconds

    def shape(self, task: Task, owned: Callable[[str], Shape | None]) -> Shape:
        """The form of a task's results.

        Args:
            task: The task.
            owned: The form of the file that an address leads to, if it is one of ours.
        """
        asked, _ = self.asked(task)
        validator = task.model.validator(allow_local=True, strict=False)
        for one in validator.forgiven(dict(task.body)):
            asked = _schema.overlay(asked, _nested(one.path.split("."), one.fallback))
        shape = _shape.read(self.kind, asked, task.model.choices, self._plays or None)
        by = _shape.factor(asked)
        if by is None:
            return shape
        found = next((one for one in map(owned, _schema.strings(task.body)) if one is not None), shape)
        return _shape.enlarged(found, by)


def _flags(query: Operation) -> dict[str, dict[str, dict[str, bool]]]:
    """What the documented examples of each status say by yes and no, such as whether it can be cancelled."""
    found: dict[str, dict[str, dict[str, bool]]] = {}
    for example in query.success.examples:
        if isinstance(example.value, dict):
            status = example.value.get("status")
            for name, part in example.value.items():
                flags = {k: v for k, v in part.items() if isinstance(v, bool)} if isinstance(part, dict) else {}
                if flags and isinstance(status, str):
                    found.setdefault(status, {}).setdefault(name, flags)
    return found


def _number(value: Any, fallback: float) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else fallback


def _replaced(body: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    return {
        key: value if key == name else _replaced(item, name, value) if isinstance(item, dict) else item
        for key, item in body.items()
    }


def _nested(path: Sequence[str], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value
