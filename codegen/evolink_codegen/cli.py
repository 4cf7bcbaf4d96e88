"""The pipeline's command line."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence

from ._diff import add_subcommand, as_markdown, version_step
from ._openapi.source import read_source
from ._openapi.text import InputError
from .ingest import IngestPlan, fetch_recorded, ingest
from .project import BuildResult, Project

UNUSABLE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Returns:
        0 done; 1 output is out of date, or a change breaks users; 2 unusable input or wrong use.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    collects = gc.isenabled()
    gc.disable()  # everything is kept to the end: collecting garbage would take a tenth of the time
    try:
        code: int = arguments.run(arguments)
    except InputError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return UNUSABLE
    finally:
        if collects:
            gc.enable()
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evolink_codegen", description=__doc__)
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True)
    vendor = subcommands.add_parser(
        "vendor", help="take in documents: pages, OpenAPI files, or addresses of either"
    )
    vendor.add_argument("source", nargs="+", metavar="SOURCE")
    vendor.add_argument("--dry-run", action="store_true", help="check and report; write nothing")
    vendor.set_defaults(run=_vendor_sources)
    sync = subcommands.add_parser("sync", help="ask every recorded address again and vendor what changed")
    sync.add_argument("--dry-run", action="store_true", help="check and report; write nothing")
    sync.set_defaults(run=_sync)
    generate = subcommands.add_parser(
        "generate", help="make contract, client, types and data from the documents"
    )
    generate.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 and name what is out of date"
    )
    generate.set_defaults(run=_generate)
    add_subcommand(subcommands)
    return parser


def _vendor_sources(arguments: argparse.Namespace) -> int:
    project = Project.find()
    sources = [read_source(source) for source in arguments.source]
    with project.exclusive():
        _finish(ingest(project, sources), dry_run=arguments.dry_run)
    return 0


def _sync(arguments: argparse.Namespace) -> int:
    project = Project.find()
    found, failed = [], 0
    for slug, source in fetch_recorded(project):
        if isinstance(source, InputError):
            print(f"{slug}: {source}", file=sys.stderr)
            failed += 1
        else:
            found.append(source)
    with project.exclusive():
        _finish(ingest(project, found), dry_run=arguments.dry_run)
    return UNUSABLE if failed else 0


def _finish(plan: IngestPlan, *, dry_run: bool) -> None:
    """Report what comes in, and write it unless only asked."""
    for slug in plan.unchanged:
        print(f"{slug}: unchanged")
    steps = []
    for new in plan.ingested:
        if new.changes is None:
            print(f"### {new.document.slug}: new\n")
            steps.append("minor")
        else:
            print(f"### {new.document.slug}: changed\n")
            print(as_markdown(new.changes))
            steps.append(version_step(new.changes) or "patch")
    if steps:
        step = min(steps, key=("major", "minor", "patch").index)
        print(f"\nThe client's next version is a {step} one.", end=" ")
        print("Nothing was written." if dry_run else "Run `make generate`.")
    _report(plan.built, "skipped, stale overlay")
    if not dry_run:
        plan.write()


def _generate(arguments: argparse.Namespace) -> int:
    project = Project.find()
    if not arguments.check:
        built = project.generate()
        _report(built, "warning")
        return 0
    built, differing = project.outdated()
    for name in differing:
        print(f"out of date: {name}")
    _report(built, "stale overlay")
    if differing or built.stale:
        print("Run `make generate`, look at what changed, and commit it.")
        return 1
    return 0


def _report(built: BuildResult, label: str) -> None:
    for line in built.warnings:
        print(f"warning: {line}", file=sys.stderr)
    for action in built.stale:
        print(f"{label}: {action}", file=sys.stderr)
