"""Contract coverage: how much of a contract the tests of a run have used, and how that is reported."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .._contract import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._contract.contract import Contract
    from .._http.messages import Request, Response
    from .._tasks.outcomes import Outcome
    from .request_log import RecordedRequest

Item = tuple[str, ...]
"""Something that tests can use: its kind, and what names it within the kind."""

KINDS = ("operations", "models", "parameters", "replies", "outcomes")
"""The kinds of items, in the order of the report."""
_DEPTH = 4  # of nested objects whose parameters are counted; a schema may contain itself
_COLUMNS = "{:<{}} {:>5} {:>5} {:>6}"
_MIN_TEXT = 30  # columns for what is not used, however narrow the terminal is

active: CoverageCounter | None = None
"""The counter of all engines; None unless coverage is measured."""


@dataclass(slots=True)
class ContractCoverage:
    """The coverage of one contract.

    Attributes:
        title: The title of the contract.
        items: All that it documents, in its order.
        used: How often each item was used; also items that are not documented.
        documented: The same as `items`.
    """

    title: str
    items: tuple[Item, ...]
    used: Counter[Item] = field(default_factory=Counter)
    documented: frozenset[Item] = field(init=False)

    def __post_init__(self) -> None:
        self.documented = frozenset(self.items)

    def of_kind(self, kind: str) -> list[Item]:
        """The documented items of a kind."""
        return [item for item in self.items if item[0] == kind]

    def unused(self, kind: str) -> list[Item]:
        """The documented items of a kind that were not used."""
        return [item for item in self.of_kind(kind) if not self.used[item]]

    def undocumented(self) -> list[Item]:
        """What was used and is not documented."""
        return sorted(item for item in self.used if item not in self.documented)


class CoverageCounter:
    """Counts what a run uses, by contract; counts of several processes can be added."""

    def __init__(self) -> None:
        self.contracts: dict[str, ContractCoverage] = {}
        self._digests: WeakKeyDictionary[Contract, str] = WeakKeyDictionary()

    def coverage(self, contract: Contract) -> ContractCoverage:
        """The coverage of a contract; contracts with the same items share one."""
        digest = self._digests.get(contract)
        if digest is None:
            title = str((contract.document.get("info") or {}).get("title") or contract.server)
            items = tuple(_documented_items(contract))
            digest = sha256(repr((title, items)).encode()).hexdigest()
            self._digests[contract] = digest
            self.contracts.setdefault(digest, ContractCoverage(title, items))
        return self.contracts[digest]

    def count_exchange(
        self, contract: Contract, request: Request, response: Response, recorded: RecordedRequest
    ) -> None:
        """Count a request and its response, unless the response is never sent."""
        if recorded.operation is None or recorded.operation == "results":
            return
        op = contract.operation(recorded.operation)
        coverage = self.coverage(contract)
        used = coverage.used
        used["operations", op.id] += 1
        if not (response.drop or response.hang):
            used["replies", op.id, op.documented_status(response.status) or str(response.status)] += 1
        for parameter in op.parameters:
            if parameter.is_sent(request):
                used["parameters", op.id, "", parameter.name] += 1
        model = recorded.checked_by
        if model is None or not request.body:
            return
        if model.name is not None:
            used["models", op.id, model.name] += 1
        sent = {("parameters", op.id, model.name or "", name) for name in _sent_names(recorded.json)}
        used.update(sent & coverage.documented)

    def count_end(self, contract: Contract, outcome: Outcome) -> None:
        """Count the end of a task that a query or a callback has reported."""
        item = ("outcomes", outcome.end, outcome.code) if outcome.code else ("outcomes", outcome.end)
        self.coverage(contract).used[item] += 1

    def to_dict(self) -> dict[str, Any]:
        """The counts as plain lists, to be sent to another process."""
        return {
            digest: {
                "title": coverage.title,
                "items": [list(item) for item in coverage.items],
                "used": [[list(item), count] for item, count in coverage.used.items()],
            }
            for digest, coverage in self.contracts.items()
        }

    def add(self, other: Mapping[str, Any]) -> None:
        """Add the counts of another process, as `to_dict` writes them."""
        for digest, raw in other.items():
            items = tuple(tuple(item) for item in raw["items"])
            coverage = self.contracts.setdefault(digest, ContractCoverage(raw["title"], items))
            coverage.used.update({tuple(item): count for item, count in raw["used"]})

    @property
    def fraction(self) -> float:
        """The used fraction of all that is documented, 0 to 1."""
        items = sum(len(one.items) for one in self.contracts.values())
        unused = sum(len(one.unused(kind)) for one in self.contracts.values() for kind in KINDS)
        return 1.0 if not items else (items - unused) / items


def report_lines(counter: CoverageCounter, width: int = 100) -> Iterator[str]:
    """Yield the lines of the report.

    Args:
        counter: The counts.
        width: Columns of the terminal.
    """
    for coverage in counter.contracts.values():
        rows = list(_rows(coverage))
        first = max([len(name) for name, *_ in rows] + [len(coverage.title)])
        yield _COLUMNS.format(coverage.title, first, "used", "of", "") + "  not used"
        for name, used, total, unused in rows:
            head = _COLUMNS.format(name, first, used, total, _percent(used / total) if total else "-")
            columns = max(_MIN_TEXT, width - len(head) - 2)
            names = ", ".join(unused)
            text = textwrap.wrap(names, columns, break_on_hyphens=False, break_long_words=False) or [""]
            yield f"{head}  {text[0]}".rstrip()
            yield from (f"{'':{len(head)}}  {line}" for line in text[1:])
        undocumented = ", ".join(_full_name(item) for item in coverage.undocumented())
        if undocumented:
            yield from textwrap.wrap(f"not documented: {undocumented}", width, subsequent_indent="  ")
        yield ""
    yield f"{_percent(counter.fraction)} of the contract used"


def report_json(counter: CoverageCounter) -> dict[str, Any]:
    """The report as JSON: for each contract and kind what was used, how often, and what was not."""
    return {
        "share": round(counter.fraction, 4),
        "contracts": [
            {
                "title": coverage.title,
                **{
                    kind: {
                        "used": {
                            _full_name(item): coverage.used[item]
                            for item in coverage.of_kind(kind)
                            if coverage.used[item]
                        },
                        "not_used": [_full_name(item) for item in coverage.unused(kind)],
                    }
                    for kind in KINDS
                },
                "not_documented": {_full_name(item): coverage.used[item] for item in coverage.undocumented()},
            }
            for coverage in counter.contracts.values()
        ],
    }


def _documented_items(contract: Contract) -> Iterator[Item]:
    """Yield all that a contract documents and a test can use."""
    yield from (("operations", op.id) for op in contract.operations)
    for op in contract.operations:
        yield from (("models", op.id, name) for name in op.models)
    for op in contract.operations:
        yield from (("parameters", op.id, "", parameter.name) for parameter in op.parameters)
        models = [
            model
            for content in op.body_contents
            for model in tuple(content.models.values()) or (content.anonymous_model,)
        ]
        yield from dict.fromkeys(
            ("parameters", op.id, model.name or "", name)
            for model in models
            for name in _documented_names(contract.document, model.schema)
        )
    for op in contract.operations:
        yield from (("replies", op.id, status) for status in op.responses)
    if contract.queries:
        yield "outcomes", "completed"
        yield from (("outcomes", "failed", code) for code in contract.task_errors)
        yield "outcomes", "cancelled"


def _documented_names(
    document: Mapping[str, Any], schema: Any, prefix: str = "", depth: int = _DEPTH
) -> Iterator[str]:
    """Yield the paths of all parameters that a schema documents."""
    for name, prop in schemas.properties(document, schema).items() if depth else ():
        path = f"{prefix}{name}"
        yield path
        yield from _documented_names(document, prop, f"{path}.", depth - 1)
        items = schemas.keyword(document, prop, "items")
        if items is not None:
            yield from _documented_names(document, items, f"{path}[].", depth - 1)


def _sent_names(value: Any, prefix: str = "", depth: int = _DEPTH) -> Iterator[str]:
    """Yield the paths of all parameters in a body."""
    for name, item in value.items() if isinstance(value, dict) and depth else ():
        path = f"{prefix}{name}"
        yield path
        yield from _sent_names(item, f"{path}.", depth - 1)
        for element in item if isinstance(item, list) else ():
            yield from _sent_names(element, f"{path}[].", depth - 1)


def _rows(coverage: ContractCoverage) -> Iterator[tuple[str, int, int, list[str]]]:
    """Yield the rows of the report: name, used, total, and the names of what is not used."""
    for kind in KINDS:
        items = coverage.of_kind(kind)
        unused = coverage.unused(kind)
        names = [item[-1] for item in unused if _group(item) is None]
        yield kind, len(items) - len(unused), len(items), names
        groups: dict[str, list[Item]] = {}
        for item in items:
            if (group := _group(item)) is not None:
                groups.setdefault(group, []).append(item)
        for group, members in groups.items():
            missing = [item for item in members if not coverage.used[item]]
            # A model that was never used has its own line; its parameters need none.
            if kind == "outcomes" or len(missing) < len(members):
                names = [item[-1] for item in missing]
                yield f"  {group}", len(members) - len(missing), len(members), names


def _group(item: Item) -> str | None:
    """The row that an item belongs to; None for that of its kind."""
    kind, *names = item
    if kind == "parameters":
        return names[1] or names[0]
    return names[0] if kind in {"replies", "outcomes"} and len(names) > 1 else None


def _full_name(item: Item) -> str:
    return " ".join(part for part in item[1:] if part)


def _percent(fraction: float) -> str:
    """A percentage, rounded down so that 100 % means all."""
    return f"{int(fraction * 100 + 1e-9)} %"
