"""The rows of the table of results."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True)
class Row:
    """The figures of one implementation, and their target.

    Attributes:
        what: What is measured; rows of one measurement share it.
        who: The implementation.
        unit: The unit of the figures.
        figures: One for each round.
        ratio: The ratio to the baseline, paired round by round; None for the baseline.
        target: The bound for `ratio`, else for the median, such as `<= 15`; empty if there is none.
        note: What readers need to know to interpret the figures.
    """

    what: str
    who: str
    unit: str
    figures: Sequence[float] = field(default_factory=tuple)
    ratio: float | None = None
    target: str = ""
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None if there is none."""
        if not self.target or not self.figures:
            return None
        sign, bound = self.target.split()
        value = statistics.median(self.figures) if self.ratio is None else self.ratio
        return value <= float(bound) if sign == "<=" else value >= float(bound)

    def cells(self) -> list[str]:
        """As text: what, who, min, median, max, unit, ratio, target, result."""
        figures = self.figures
        numbers = [_short(pick(figures)) if figures else "-" for pick in (min, statistics.median, max)]
        ratio = "" if self.ratio is None else f"{self.ratio:.3f}"
        result = {True: "met", False: "MISSED", None: ""}[self.is_met]
        return [self.what, self.who, *numbers, self.unit, ratio, self.target, result]


TITLES = ("what", "who", "min", "median", "max", "unit", "ratio", "target", "")


def sections(rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a report in Markdown: a table of each measurement, under the part that is measured."""
    part = ""
    for what, measured in itertools.groupby(rows, lambda row: row.what):
        group = list(measured)
        name, _, detail = what.partition(": ")
        if name != part:
            part = name
            yield from (f"## {part}", "")
        yield f"| {' | '.join([_caption(detail, group[0].unit), *TITLES[2:5], *TITLES[6:]])} |"
        yield "|---|---|---|---|---|---|---|"
        for row in group:
            _, who, least, median, most, _, *rest = row.cells()
            yield f"| {' | '.join([who, least, median, most, *rest])} |"
        notes = [f"- {row.who}: {row.note}" for row in group if row.note]
        yield from ("", *notes, "") if notes else ("",)


def _caption(detail: str, unit: str) -> str:
    return ", ".join(filter(None, [detail, unit]))


def paired(figures: Sequence[float], baseline: Sequence[float]) -> float:
    """The median of the ratios of rounds that ran side by side."""
    return statistics.median(one / other for one, other in zip(figures, baseline, strict=True))


def _short(number: float) -> str:
    size = abs(number)
    return f"{number:,.0f}" if size >= 1000 else f"{number:.1f}" if size >= 10 else f"{number:.2f}"
