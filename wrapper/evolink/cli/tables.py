"""Tables in plain columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .text import cells, cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GAP = "  "
# A last column that is longer than this is a text, which may be cut.
_SHORTEST_TEXT = 24


def columns(rows: Sequence[Sequence[str]], width: int | None = None) -> Iterator[str]:
    """The lines of a table.

    Args:
        rows: With the same number of cells each.
        width: The width of the terminal, to which texts in the last column are cut; other cells are complete.
    """
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    if width is not None:
        left = width - sum(each + len(_GAP) for each in widths[:-1])
        widths[-1] = min(widths[-1], max(left, _SHORTEST_TEXT))
    for row in rows:
        padded = [f"{cell}{' ' * (each - cells(cell))}" for cell, each in zip(row, widths, strict=True)]
        yield _GAP.join([*padded[:-1], cut(row[-1], widths[-1])]).rstrip()
