"""The subcommand `drift REPORT`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .._openapi import yaml_io
from .._openapi.text import InputError, one_line
from .entry import read_report
from .proposal import Proposal, propose


def add_subcommand(subcommands: Any, find_contract: Any) -> None:
    """Add `drift` to the command line.

    Args:
        subcommands: The subcommands of the parser.
        find_contract: Returns the path of the merged contract.
    """
    drift: argparse.ArgumentParser = subcommands.add_parser(
        "drift",
        help="propose an overlay for what `evolink-mock proxy` has seen: exit 0, 2 unusable input",
    )
    drift.add_argument("report", metavar="REPORT", type=Path, help="the report, as JSON")
    drift.set_defaults(run=lambda arguments: run(arguments.report, find_contract()))


def run(report: Path, contract: Path) -> int:
    """Print the overlay; what it cannot say stands in comments.

    Raises:
        InputError: The report or the contract cannot be read.
    """
    try:
        data = report.read_bytes()
    except OSError as error:
        raise InputError(str(report), error.strerror or str(error)) from error
    entries = read_report(data, str(report))
    proposal = propose(yaml_io.load(contract.read_bytes(), str(contract)), entries)
    sys.stdout.write(as_text(proposal))
    return 0


def as_text(proposal: Proposal) -> str:
    """A proposal as a file for openapi/overlays."""
    lines = []
    for entry, reason in proposal.skipped:
        what = " ".join(filter(None, (entry.operation, entry.direction, entry.path, entry.rule)))
        lines.append(f"# Not proposed: {one_line(what)}: {reason}.\n")
    if not proposal.actions:
        return "".join([*lines, "# There is nothing to propose.\n"])
    return "".join([*lines, yaml_io.dump(proposal.overlay())])
