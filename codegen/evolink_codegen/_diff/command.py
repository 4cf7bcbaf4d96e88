"""The subcommand `diff OLD NEW`, and changes as text, JSON and Markdown."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from .._openapi.document import Document, parse_document
from .._openapi.source import read_source
from .change import LEVELS, Change, Level
from .documents import compare

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


_FORMATS = {"text": as_text, "json": as_json, "markdown": as_markdown}
_BREAKS = 1


def add_subcommand(subcommands: Any) -> None:
    """Add `diff` to the command line."""
    diff: argparse.ArgumentParser = subcommands.add_parser(
        "diff", help="say what a changed document breaks: exit 0 nothing, 1 something, 2 unusable input"
    )
    diff.add_argument("old", metavar="OLD", help="docs page, OpenAPI file or address: the version before")
    diff.add_argument("new", metavar="NEW", help="the version after")
    diff.add_argument("--format", choices=_FORMATS, default="text", help="default: %(default)s")
    diff.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare two documents and print what changed.

    Raises:
        InputError: One of them cannot be read.
    """
    changes = compare(_read(arguments.old), _read(arguments.new))
    sys.stdout.write(_FORMATS[arguments.format](changes))
    return _BREAKS if any(change.level == "breaking" for change in changes) else 0


def _read(origin: str) -> Document:
    source = read_source(origin)
    return Document(source.stem, origin, parse_document(source.document, origin))
