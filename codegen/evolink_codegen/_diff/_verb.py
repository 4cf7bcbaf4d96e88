"""`diff OLD NEW`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from evolink_codegen import _document, _source
from evolink_codegen._document import Document

from ._documents import compare
from ._report import as_json, as_markdown, as_text

_FORMATS = {"text": as_text, "json": as_json, "markdown": as_markdown}
BREAKING = 1


def add_verb(verbs: Any) -> None:
    """Make the verb known to the command line."""
    diff: argparse.ArgumentParser = verbs.add_parser(
        "diff", help="say what a changed document breaks: exit 0 nothing, 1 something, 2 unusable input"
    )
    diff.add_argument("old", metavar="OLD", help="docs page, OpenAPI file or address: the version before")
    diff.add_argument("new", metavar="NEW", help="the version after")
    diff.add_argument("--format", choices=_FORMATS, default="text", help="default: %(default)s")
    diff.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare two documents and print what changed.

    Raises:
        UnusableInput: one of them cannot be read.
    """
    changes = compare(_read(arguments.old), _read(arguments.new))
    sys.stdout.write(_FORMATS[arguments.format](changes))
    return BREAKING if any(change.level == "breaking" for change in changes) else 0


def _read(origin: str) -> Document:
    source = _source.read(origin)
    return Document(source.stem, origin, _document.parse(source.document, origin))
