"""What the tasks of one model look like, read from the contract once."""

from __future__ import annotations

import math
import string
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._contract import json_values as _json
from .._contract import samples as _samples
from .._contract import schema as _schema
from .._media import spec as _shape
from .._media.spec import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from .._contract.contract import Contract
    from .._contract.model import Model
    from .._contract.operation import Link, Operation
    from .._media.spec import Kind, Shape
    from .task import State, Task

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
        self.query: Operation = contract.operation(link.operation)
        self._key = "id"  # by which the pipeline links a task to its query
        value = op.success.value(model.name)
        example: dict[str, Any] = value if isinstance(value, dict) else {}
        self._example = example
        told = self.query.success.schema
        self._known = _schema.properties(document, told)
        self._told = _schema.documented(document, told, {**example, self._key: ""})
        self._flags = _flags(self.query)
        error = _samples.sample(document, self._known.get("error"))
        self._error: dict[str, Any] = error if isinstance(error, dict) else {}
        statuses = _schema.keyword(document, self._known.get("status"), "enum")
        self.statuses: frozenset[str] = frozenset(statuses or ())
        ttl = _schema.keyword(document, self._known.get("results"), "x-evolink-result-ttl")
        self.ttl: float | None = None if ttl is None else float(ttl)
        self.credits: float = _number(_json.search(example, "credits_reserved"), 0.0)
        estimate = _number(_json.search(example, "estimated_time"), 0.0)
        self.seconds: float = estimate or SECONDS
        self._estimated_at = _path(example, "estimated_time") if estimate else ()
        self._plays = _number(_json.search(example, "video_duration"), 0.0)
        self._plays_at = _path(example, "video_duration") if self._plays else ()
        self._timed = tuple(filter(_shape.says_time, _schema.properties(document, model.schema)))
        self.kind: Kind = _kind(example, op.path)
        choices, documented = model.choices, _schema.properties(document, model.schema)
        self._formed = tuple(name for name in documented if name in choices or _shape.says_form(name))
        shown = (_json.search(one.value, "results") for one in self.query.success.examples)
        self._shown_as = next((links[0] for links in shown if isinstance(links, list) and links), None)
        self._shared: dict[tuple[int, float], dict[str, Any]] = {}
        self._id = _pieces(example.get(self._key), example.get("created"))

    def new_id(self, now: float, rng: Random) -> str:
        """An id of the documented form, with the time it is created and a new end in it."""
        before, after, size = self._id
        stem = before if after is None else f"{before}{int(now)}{after}"
        return f"{stem}{rng.getrandbits(4 * size):0{size}x}"

    def created(self, task: Task, speed: float) -> dict[str, Any]:
        """The reply that creates a task; a clock that runs fast makes the estimate shorter for who waits."""
        plays = round(self._seconds(task)) if self._plays_at else 0
        shared = self._shared.get((plays, speed))
        if shared is None:
            shared = self._shared[plays, speed] = self._created(plays, speed)
        body = {**shared, self._key: task.id}
        if "created" in body:
            body["created"] = int(task.created)
        if task.plan.started:
            # Replies like this one have been seen to leave the time out.
            body.pop("created", None)
            body.update(status=task.plan.status or "processing", progress=1)
        return body

    def _created(self, plays: int, speed: float) -> dict[str, Any]:
        """What the replies have in common that create tasks whose results play for the same time."""
        body = dict(self._example)
        if "model" in body and self.model.name is not None:
            body["model"] = self.model.name
        if self._estimated_at and speed not in (0, 1):  # 0 is a clock that stands until it is moved
            body = _json.put(body, self._estimated_at, math.ceil(self.seconds / speed))
        return _json.put(body, self._plays_at, plays) if self._plays_at else body

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
        return body if not task.plan.extra else _json.overlay(body, task.plan.extra)

    def _seconds(self, task: Task) -> float:
        """How long the result plays: what the body asks for, the default, or what the documents show."""
        defaults = task.model.defaults
        asked = {name: task.body.get(name, defaults.get(name)) for name in self._timed}
        return _shape.seconds(asked, self._plays)

    def form(self, task: Task) -> str:
        """What the results are written as: as asked for, as is usual, or as the documents show them."""
        defaults = task.model.defaults
        asked = [task.body.get(name, defaults.get(name)) for name in self._formed]
        return _shape.form(self.kind, (*asked, self._shown_as))

    def shape(self, task: Task, owned: Callable[[str], Shape | None]) -> Shape:
        """The form of a task's results.

        Args:
            task: The task.
            owned: The form of the file that an address leads to, if it is one of ours.
        """
        asked = _json.overlay(task.model.defaults, task.body)
        validator = task.model.validator(allow_local=True, strict=False)
        for one in validator.forgiven(task.body):
            asked = _json.put(asked, one.path.split("."), one.fallback)
        shape = _shape.read(self.kind, asked, task.model.choices, self._seconds(task), self.form(task))
        by = _shape.factor(asked)
        if by is None:
            return shape
        found = next((one for one in map(owned, _json.strings(task.body)) if one is not None), shape)
        return _shape.enlarged(replace(found, kind=shape.kind, form=shape.form), by)


def _flags(query: Operation) -> dict[str, dict[str, dict[str, bool]]]:
    """What the documented examples of each status say by yes and no, such as whether it can be cancelled."""
    found: dict[str, dict[str, dict[str, bool]]] = {}
    for example in query.success.examples:
        if isinstance(example.value, dict):
            status = example.value.get("status")
            for name, part in example.value.items():
                flags = (
                    {k: v for k, v in part.items() if isinstance(v, bool)} if isinstance(part, dict) else {}
                )
                if flags and isinstance(status, str):
                    found.setdefault(status, {}).setdefault(name, flags)
    return found


def _kind(example: Mapping[str, Any], path: str) -> Kind:
    """What is made: as the reply says (`type: image`, `object: image.…`), else as the path does."""
    told = [str(example.get("type")), str(example.get("object")).partition(".")[0]]
    for kind in FORMS:
        if told.count(kind):
            return kind
    for kind in FORMS:
        if any(part.startswith(kind) for part in path.split("/")):
            return kind
    return "video"


def _number(value: Any, fallback: float) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else fallback


def _path(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Where a name stands in nested objects; empty if it does not."""
    if name in value:
        return (name,)
    for key, item in value.items():
        if isinstance(item, dict) and (below := _path(item, name)):
            return (key, *below)
    return ()


def _pieces(example: Any, created: Any) -> tuple[str, str | None, int]:
    """What stands before and after the time in an id, and how many characters its random end has.

    None for what stands after it says that there is no time in it.
    """
    text = example if isinstance(example, str) and example else "task-"
    end = len(text.rstrip(string.ascii_letters + string.digits))
    stem, size = text[:end], max(8, len(text) - end)
    before, found, after = stem.partition(str(created)) if isinstance(created, int) else (stem, "", "")
    return before, after if found else None, size
