"""Changes as text, JSON and Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ._change import LEVELS, Change, Level

_HEADINGS: dict[Level, str] = {
    "breaking": "Breaking",
    "compatible": "Compatible",
    "docs": "Documentation",
}


def as_text(changes: Sequence[Change]) -> str:
    """One line a change: level, place, what, and the code."""
    width = max(map(len, LEVELS))
    lines = [f"{one.level:<{width}}  {one.path}: {one.message}  [{one.code}]\n" for one in changes]
    return "".join(lines) or "no changes\n"


def as_json(changes: Sequence[Change]) -> str:
    """`{"breaking": bool, "changes": [{"level", "code", "path", "message"}]}`."""
    found = {
        "breaking": any(one.level == "breaking" for one in changes),
        "changes": [one.to_dict() for one in changes],
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def as_markdown(changes: Sequence[Change]) -> str:
    """A list for each level, ready to stand under a heading of a changelog."""
    parts = []
    for level, heading in _HEADINGS.items():
        lines = [f"- {_code(one.path)}: {_escaped(one.message)}\n" for one in changes if one.level == level]
        if lines:
            parts.append(f"**{heading}**\n\n{''.join(lines)}")
    return "\n".join(parts) or "No changes.\n"


def _code(text: str) -> str:
    """A code span that holds whatever is in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    if not longest:
        return f"`{text}`"
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}"


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is: nothing in it becomes markup, a link or HTML."""
    return re.sub(r"([\\`*_\[\]<>#|~$&])", r"\\\1", text)
