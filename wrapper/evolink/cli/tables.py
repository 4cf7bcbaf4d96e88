"""Tables: by rich on a terminal where it is installed, else as plain columns."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table: two spaces between columns, the last one as long as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, [*widths[:-1], 0], strict=True)]
        yield "  ".join(cells).rstrip()


def print_by_rich(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table to the terminal.

    Raises:
        ImportError: rich is not installed.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, title in enumerate(titles):
        # The first column is what one copies.
        table.add_column(title, no_wrap=number == 0, overflow="fold" if number == 0 else "ellipsis")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(file=sys.stdout).print(table)
