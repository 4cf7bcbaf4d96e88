"""How each document has changed, as `openapi/history.json` records it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from ._diff import Change
from ._openapi.text import InputError


class Revision(TypedDict):
    """One version of a document: the day it was vendored, and its changes; None for the first version."""

    date: str
    changes: list[dict[str, str]] | None


History = dict[str, list[Revision]]


def read_history(path: Path) -> History:
    """The revisions of each document by slug, the oldest first; empty if there is no such file.

    Raises:
        InputError: It is not a history.
    """
    if not path.exists():
        return {}
    try:
        history: Any = json.loads(path.read_text(encoding="utf-8"))
        return {slug: [_revision(one) for one in revisions] for slug, revisions in history.items()}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise InputError(str(path), f"not a history: {error}") from None


def _revision(value: Any) -> Revision:
    changes = value["changes"]
    return {
        "date": str(value["date"]),
        "changes": None if changes is None else [Change(**change).to_dict() for change in changes],
    }


def revision(date: str, changes: Sequence[Change] | None) -> Revision:
    """A version that was vendored on a day."""
    return {"date": date, "changes": None if changes is None else [change.to_dict() for change in changes]}


def dump_history(history: History) -> bytes:
    """The history as JSON, sorted by slug."""
    return (json.dumps(history, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
