"""Telling how much of the contract was exercised: a table for people, and the same as JSON."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from .coverage import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .coverage import Item, Sheet, Tally

_COLUMNS = "{:<{}} {:>5} {:>5} {:>6}"
_MIN_TEXT = 30  # columns that are left to what is missing, however narrow the terminal


def lines(tally: Tally, width: int = 100) -> Iterator[str]:
    """Yield the lines of the table.

    Args:
        tally: The counts.
        width: Columns of the terminal.
    """
    for sheet in tally.sheets.values():
        rows = list(_rows(sheet))
        first = max([len(name) for name, *_ in rows] + [len(sheet.title)])
        yield _COLUMNS.format(sheet.title, first, "used", "of", "") + "  not used"
        for name, used, of, missing in rows:
            head = _COLUMNS.format(name, first, used, of, _percent(used, of))
            room = max(_MIN_TEXT, width - len(head) - 2)
            text = textwrap.wrap(
                ", ".join(missing), room, break_on_hyphens=False, break_long_words=False
            ) or [""]
            yield f"{head}  {text[0]}".rstrip()
            yield from (f"{'':{len(head)}}  {more}" for more in text[1:])
        beyond = ", ".join(_named(item) for item in sheet.beyond())
        if beyond:
            yield from textwrap.wrap(f"not documented: {beyond}", width, subsequent_indent="  ")
        yield ""
    yield f"{_percent_of(tally.share)} of the contract used"


def to_json(tally: Tally) -> dict[str, Any]:
    """The same as JSON values: for each contract and kind what was used, how often, and what was not."""
    return {
        "share": round(tally.share, 4),
        "contracts": [
            {
                "title": sheet.title,
                **{
                    kind: {
                        "used": {_named(i): sheet.seen[i] for i in sheet.documented(kind) if sheet.seen[i]},
                        "not_used": [_named(item) for item in sheet.missing(kind)],
                    }
                    for kind in KINDS
                },
                "not_documented": {_named(item): sheet.seen[item] for item in sheet.beyond()},
            }
            for sheet in tally.sheets.values()
        ],
    }


def _rows(sheet: Sheet) -> Iterator[tuple[str, int, int, list[str]]]:
    """Name, how many were used, of how many, and the names of the others."""
    for kind in KINDS:
        items = sheet.documented(kind)
        missing = sheet.missing(kind)
        yield kind, len(items) - len(missing), len(items), [i[-1] for i in missing if _group(i) is None]
        groups: dict[str, list[Item]] = {}
        for item in items:
            if (group := _group(item)) is not None:
                groups.setdefault(group, []).append(item)
        for group, members in groups.items():
            lacking = [item for item in members if not sheet.seen[item]]
            # What lacks of a model that was never used is said by the model itself.
            if kind == "outcomes" or len(lacking) < len(members):
                yield f"  {group}", len(members) - len(lacking), len(members), [i[-1] for i in lacking]


def _group(item: Item) -> str | None:
    """What a thing is told under; None for its kind alone."""
    kind, *names = item
    if kind == "parameters":
        return names[1] or names[0]
    return names[0] if kind in {"replies", "outcomes"} and len(names) > 1 else None


def _named(item: Item) -> str:
    """A thing by its whole name."""
    return " ".join(part for part in item[1:] if part)


def _percent(used: int, of: int) -> str:
    return _percent_of(used / of) if of else "-"


def _percent_of(share: float) -> str:
    """Rounded down, so that 100 % means all of it."""
    return f"{int(share * 100 + 1e-9)} %"
