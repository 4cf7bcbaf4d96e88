"""The pipeline's command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ._errors import UnusableInput
from ._project import Built, Project

UNUSABLE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        0 done; 1 output is out of date, or a change breaks users; 2 unusable input or wrong use.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except UnusableInput as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return UNUSABLE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evolink_codegen", description=__doc__)
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    generate = verbs.add_parser("generate", help="make contract, client, types and data from the documents")
    generate.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 and name what is out of date"
    )
    generate.set_defaults(run=_generate)
    return parser


def _generate(arguments: argparse.Namespace) -> int:
    project = Project.find()
    if not arguments.check:
        built = project.generate()
        _report_stale(built, "warning")
        return 0
    built, differing = project.outdated()
    for name in differing:
        print(f"out of date: {name}")
    _report_stale(built, "stale overlay")
    if differing or built.stale:
        print("Run `make generate`, look at what changed, and commit it.")
        return 1
    return 0


def _report_stale(built: Built, label: str) -> None:
    for action in built.stale:
        print(f"{label}: {action}", file=sys.stderr)
