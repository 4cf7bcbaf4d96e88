"""What differs between the API and its contract, counted."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Direction = Literal["request", "response"]
Level = Literal["breaking", "info"]

MAX_ENTRIES = 1000
"""Entries of a report; further ones are counted as one."""

_INDEX = re.compile(r"\[\d+\]")
_BY_VALUE = {"enum", "const", "error_code", "status"}  # each value of these is a difference of its own


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between the API and its contract.

    Attributes:
        operation: The operation's id; method and path if the contract has no such operation.
        direction: Whether it is about requests that are accepted, or about responses.
        level: `breaking`, or `info` for what a client need not know.
        path: The parameter or property, as in violations; empty for the whole request or response.
        rule: The keyword that is broken; `status`, `error_code`, `json`, `media_type`, `unknown`, `missing`,
            `security`, `body`, `refused` or `operation` for what no schema can say.
        message: One sentence, without keys, prompts and links.
    """

    operation: str
    direction: Direction
    level: Level
    path: str
    rule: str
    message: str

    @property
    def identity(self) -> tuple[str, ...]:
        """What it has in common with others that are counted as the same."""
        where = self.message.partition(": ")[0]  # the status and the model
        value = self.message if self.rule in _BY_VALUE else ""
        path = _INDEX.sub("[]", self.path)
        return self.operation, self.direction, self.level, path, self.rule, where, value


class DriftReport:
    """Collects what differs, in the order in which it was seen first."""

    def __init__(self) -> None:
        self.exchanges = 0
        self._entries: dict[tuple[str, ...], Drift] = {}
        self._counts: dict[tuple[str, ...], int] = {}

    def add(self, found: Iterable[Drift]) -> None:
        """Count an exchange and what differs in it."""
        self.exchanges += 1
        for one in found:
            is_counted = one.identity in self._entries or len(self._entries) < MAX_ENTRIES
            entry = one if is_counted else _more(one)
            self._entries.setdefault(entry.identity, entry)
            self._counts[entry.identity] = self._counts.get(entry.identity, 0) + 1

    @property
    def is_breaking(self) -> bool:
        """Whether anything breaks."""
        return any(one.level == "breaking" for one in self._entries.values())

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        drift = [asdict(one) | {"count": self._counts[name]} for name, one in self._entries.items()]
        return {"drift": drift, "exchanges": self.exchanges}

    def lines(self) -> list[str]:
        """The report for people: one line for each difference."""
        return [
            f"{one.level:8} {one.operation} {one.direction} {one.path or '-'} {one.rule}: {one.message}"
            + (f" ({self._counts[name]} times)" if self._counts[name] > 1 else "")
            for name, one in self._entries.items()
        ]


def _more(one: Drift) -> Drift:
    """The entry for those that a full report has no place for."""
    return Drift("", one.direction, one.level, "", "more", "there are more differences")
