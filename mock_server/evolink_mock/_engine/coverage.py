"""How much of the contract the tests of a run have exercised: counts that add up, and what they lack."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .._contract import schema as _schema
from .._contract.parameters import given

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._contract.contract import Contract
    from .._contract.operation import Operation
    from .._http.messages import Request, Response
    from .._tasks.outcomes import Outcome
    from .request_log import Recorded

Item = tuple[str, ...]
"""One thing that can be exercised: its kind, and what names it within the kind."""

KINDS = ("operations", "models", "parameters", "replies", "outcomes")
"""The kinds of things that are counted, in the order in which they are told."""
_DEPTH = 4  # objects within objects whose parameters are counted; a schema may contain itself

active: Tally | None = None
"""Where engines count, each request anew; None as long as nobody wants to know."""


@dataclass(slots=True)
class Sheet:
    """The counts of one contract.

    Attributes:
        title: What the contract calls itself.
        items: All that it documents, in its order.
        seen: How often each thing was exercised; also what is not documented.
        known: The same as `items`.
    """

    title: str
    items: tuple[Item, ...]
    seen: Counter[Item] = field(default_factory=Counter)
    known: frozenset[Item] = field(init=False)

    def __post_init__(self) -> None:
        self.known = frozenset(self.items)

    def missing(self, kind: str) -> list[Item]:
        """What is documented and was not exercised."""
        return [item for item in self.items if item[0] == kind and not self.seen[item]]

    def documented(self, kind: str) -> list[Item]:
        """What is documented."""
        return [item for item in self.items if item[0] == kind]

    def beyond(self) -> list[Item]:
        """What was exercised and is not documented."""
        return sorted(item for item in self.seen if item not in self.known)


class Tally:
    """The counts of a run, by contract; those of several processes add up."""

    def __init__(self) -> None:
        self.sheets: dict[str, Sheet] = {}
        self._names: WeakKeyDictionary[Contract, str] = WeakKeyDictionary()

    def sheet(self, contract: Contract) -> Sheet:
        """The counts of a contract; two of the same content are one."""
        name = self._names.get(contract)
        if name is None:
            title = str((contract.document.get("info") or {}).get("title") or contract.server)
            items = tuple(inventory(contract))
            name = sha256(repr((title, items)).encode()).hexdigest()
            self._names[contract] = name
            self.sheets.setdefault(name, Sheet(title, items))
        return self.sheets[name]

    def exchanged(self, contract: Contract, request: Request, response: Response, entry: Recorded) -> None:
        """Count a request and its reply; a reply that never arrives is none."""
        if entry.operation is None or entry.operation == "results":
            return
        op = contract.operation(entry.operation)
        sheet = self.sheet(contract)
        seen = sheet.seen
        seen["operations", op.id] += 1
        if not (response.drop or response.hang):
            seen["replies", op.id, op.reply_name(response.status) or str(response.status)] += 1
        for name in _parameters_in(op, request):
            seen["parameters", op.id, "", name] += 1
        model = entry.checked_by
        if model is None or not request.body:
            return
        if model.name is not None:
            seen["models", op.id, model.name] += 1
        used = {("parameters", op.id, model.name or "", name) for name in _names(entry.json)}
        seen.update(used & sheet.known)

    def ended(self, contract: Contract, plan: Outcome) -> None:
        """Count an end of a task that was told."""
        item = ("outcomes", plan.end, plan.code) if plan.code else ("outcomes", plan.end)
        self.sheet(contract).seen[item] += 1

    def to_dict(self) -> dict[str, Any]:
        """The same in plain lists, to be sent from one process to another."""
        return {
            name: {
                "title": sheet.title,
                "items": [list(item) for item in sheet.items],
                "seen": [[list(item), count] for item, count in sheet.seen.items()],
            }
            for name, sheet in self.sheets.items()
        }

    def add(self, other: Mapping[str, Any]) -> None:
        """Add the counts of another process, as its `to_dict` tells them."""
        for name, one in other.items():
            items = tuple(tuple(item) for item in one["items"])
            sheet = self.sheets.setdefault(name, Sheet(one["title"], items))
            sheet.seen.update({tuple(item): count for item, count in one["seen"]})

    @property
    def share(self) -> float:
        """The share of all that is documented which was exercised, 0 to 1."""
        items = sum(len(sheet.items) for sheet in self.sheets.values())
        missing = sum(len(sheet.missing(kind)) for sheet in self.sheets.values() for kind in KINDS)
        return 1.0 if not items else (items - missing) / items


def inventory(contract: Contract) -> Iterator[Item]:
    """All that a contract documents and a test can exercise."""
    document = contract.document
    yield from (("operations", op.id) for op in contract.operations)
    for op in contract.operations:
        yield from (("models", op.id, name) for name in op.models)
    for op in contract.operations:
        yield from (("parameters", op.id, "", one.name) for one in op.parameters)
        models = [model for one in op.contents for model in (*one.models.values(),) or (one.anonymous,)]
        held = {
            ("parameters", op.id, model.name or "", name): None
            for model in models
            for name in _documented(document, model.schema, "", _DEPTH)
        }
        yield from held
    for op in contract.operations:
        yield from (("replies", op.id, status) for status in op.replies)
    if contract.queries:
        yield "outcomes", "completed"
        yield from (("outcomes", "failed", code) for code in contract.task_errors)
        yield "outcomes", "cancelled"


def _documented(document: Mapping[str, Any], schema: Any, path: str, depth: int) -> Iterator[str]:
    for name, prop in _schema.properties(document, schema).items() if depth else ():
        place = f"{path}{name}"
        yield place
        items = _schema.keyword(document, prop, "items")
        yield from _documented(document, prop, f"{place}.", depth - 1)
        if items is not None:
            yield from _documented(document, items, f"{place}[].", depth - 1)


def _names(value: Any, path: str = "", depth: int = _DEPTH) -> Iterator[str]:
    """The places of all that stands in a body, in the same words."""
    for name, item in value.items() if isinstance(value, dict) and depth else ():
        place = f"{path}{name}"
        yield place
        yield from _names(item, f"{place}.", depth - 1)
        for one in item if isinstance(item, list) else ():
            yield from _names(one, f"{place}[].", depth - 1)


def _parameters_in(op: Operation, request: Request) -> Iterator[str]:
    """The documented parameters outside the body that a request makes use of."""
    for one in op.parameters:
        if one.place == "path" or given(request, one.place, one.name) is not None:
            yield one.name
