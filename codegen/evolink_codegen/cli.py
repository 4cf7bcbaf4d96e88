"""The pipeline's command line."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from ._diff import add_subcommand
from ._drift import add_subcommand as add_drift
from ._index.fetch_log import IndexRecord
from ._index.links import DEFAULT_INDEX
from ._openapi.fetching import Fetcher
from ._openapi.text import InputError
from ._site import assemble, write
from .changelog import next_version, with_entries
from .ingest import IngestPlan, Reader, Reading, ingest_reading, recorded_name
from .project import BuildResult, Project
from .report import as_report, changelog_entries, step_of, summary

UNUSABLE = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Returns:
        0 done; 1 output is out of date, or a change breaks users; 2 unusable input or wrong use;
        130 interrupted.
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
    except KeyboardInterrupt:
        message = "interrupted: the files are as before, or the next run completes them"
        print(f"{parser.prog}: {message}", file=sys.stderr)
        return INTERRUPTED
    finally:
        if collects:
            gc.enable()
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evolink_codegen", description=__doc__)
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True)
    vendor = subcommands.add_parser(
        "vendor",
        help="add or update documents: pages, OpenAPI files, addresses of either, or all pages of an index",
    )
    vendor.add_argument("source", nargs="*", metavar="SOURCE")
    _add_index_options(vendor)
    vendor.set_defaults(run=_vendor)
    sync = subcommands.add_parser(
        "sync", help="read every recorded address and index again and vendor what changed"
    )
    _add_index_options(sync)
    sync.set_defaults(run=_sync)
    generate = subcommands.add_parser(
        "generate", help="make contract, client, types and data from the documents"
    )
    generate.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 and name what is out of date"
    )
    generate.set_defaults(run=_generate)
    add_subcommand(subcommands)
    site = subcommands.add_parser("site", help="write the source of the documentation's site, for Zensical")
    site.add_argument(
        "folder", metavar="FOLDER", type=Path, help="a new one, or that of an earlier run, which is replaced"
    )
    site.set_defaults(run=_site)
    add_drift(subcommands, lambda: Project.find().contract)
    return parser


def _add_index_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--index",
        nargs="?",
        const=DEFAULT_INDEX,
        metavar="SOURCE",
        help=f"vendor every page that an index names, an address or a file (default {DEFAULT_INDEX})",
    )
    parser.add_argument(
        "--language", default="en", help="prefer this one of several translations (default en)"
    )
    parser.add_argument(
        "--include", action="append", default=[], metavar="GLOB", help="only pages whose address matches one"
    )
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="GLOB", help="no pages whose address matches"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 if a page of an index was refused")
    parser.add_argument(
        "--prune", action="store_true", help="remove the documents that an index no longer names"
    )
    parser.add_argument("--dry-run", action="store_true", help="check and report; write nothing")
    parser.add_argument(
        "--changelog",
        action="store_true",
        help="add the changes to CHANGELOG.md under Unreleased, and raise the version by their step",
    )


def _vendor(arguments: argparse.Namespace) -> int:
    if bool(arguments.source) == (arguments.index is not None):
        raise InputError("vendor", "needs either sources or --index")
    project = Project.find()
    with Fetcher() as fetcher:
        reader = _reader(project, fetcher)
        if arguments.index is None:
            reading = reader.read_sources(arguments.source)
        else:
            reading = reader.read_index(*_index(arguments, project))
    with project.exclusive():
        plan = ingest_reading(project, reading, refuse=arguments.index is not None, prune=arguments.prune)
        return _finish(plan, reading, arguments)


def _sync(arguments: argparse.Namespace) -> int:
    project = Project.find()
    with Fetcher() as fetcher:
        reader = _reader(project, fetcher)
        indexes = reader.indexes
        if arguments.index is not None:
            indexes |= [_index(arguments, project)]
        readings = [reader.read_recorded()]
        readings += [reader.read_index(name, settings) for name, settings in indexes.items()]
    reading = Reading.joined(readings)
    with project.exclusive():
        plan = ingest_reading(project, reading, prune=arguments.prune)
        return _finish(plan, reading, arguments)


def _reader(project: Project, fetcher: Fetcher) -> Reader:
    """A reader that knows what is there; others may change it while pages are fetched."""
    with project.exclusive():
        return Reader(project, fetcher)


def _index(arguments: argparse.Namespace, project: Project) -> tuple[str, IndexRecord]:
    settings = IndexRecord(
        language=arguments.language, include=tuple(arguments.include), exclude=tuple(arguments.exclude)
    )
    return recorded_name(arguments.index, project.root), settings


def _finish(plan: IngestPlan, reading: Reading, arguments: argparse.Namespace) -> int:
    """Report what comes in, and write it unless only asked."""
    report = as_report(plan, is_dry_run=arguments.dry_run)
    if reading.indexes:
        report += f"{summary(plan)}\n"
    sys.stdout.write(report)
    for refusal in plan.refused:
        print(f"{refusal.slug if refusal.index is None else 'refused'}: {refusal.error}", file=sys.stderr)
    if plan.built is not None:
        _report(plan.built, "skipped, stale overlay")
    if not arguments.dry_run:
        plan.write(_release_notes(plan) if arguments.changelog else {})
    if any(refusal.index is None for refusal in plan.refused):
        return UNUSABLE
    return 1 if arguments.strict and plan.refused else 0


def _release_notes(plan: IngestPlan) -> dict[Path, bytes | None]:
    """The changelog and the version after the run, if it changes anything."""
    step = step_of(plan)
    if step is None:
        return {}
    changelog, version = plan.project.changelog, plan.project.version
    try:
        text, module = changelog.read_text(encoding="utf-8"), version.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("--changelog", str(error)) from None
    return {
        changelog: with_entries(text, changelog_entries(plan)).encode(),
        version: next_version(module, text, step).encode(),
    }


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


def _site(arguments: argparse.Namespace) -> int:
    files = assemble(Project.find())
    write(arguments.folder, files)
    print(f"{len(files)} files")
    return 0


def _report(built: BuildResult, label: str) -> None:
    for line in built.warnings:
        print(f"warning: {line}", file=sys.stderr)
    for action in built.stale:
        print(f"{label}: {action}", file=sys.stderr)
