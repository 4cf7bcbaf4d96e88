"""All measurements side by side in one run: prints the table and writes RESULTS.md beside this file.

python benchmarks/run.py [MEASUREMENT ...]
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import _peers
from _table import TITLES, sections
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _table import Row

HERE = Path(__file__).parent
CHART = HERE / "results.svg"
# Modules with `measure() -> list[Row]`.
MEASUREMENTS = (
    "imports",
    "command",
    "queries",
    "download",
    "engine",
    "mocking",
    "serving",
    "polling",
    "waiting",
    "concurrency",
    "bulk_runs",
    "generate",
    "modules",
)
_OURS = ("httpx", "attrs", "jsonschema-rs", "respx", "httptools")


def main(names: Sequence[str]) -> int:
    """Measure, print and write. A missed target is reported but is not a failure."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    rows: list[Row] = []
    for name in names or MEASUREMENTS:
        if not (HERE / f"{name}.py").exists():
            console.print(f"{name}: no such measurement")
            continue
        began = time.perf_counter()
        rows += import_module(name).measure()
        console.print(f"{name}: measured in {time.perf_counter() - began:.0f} s", style="dim")
    table = Table(*TITLES)
    for row in rows:
        table.add_row(*row.cells(), style="red" if row.is_met is False else None)
    console.print(table)
    if not names:  # part of a table must not replace the complete one
        (HERE / "RESULTS.md").write_text(_report(rows), encoding="utf-8")
        _draw(rows)
    missed = sum(row.is_met is False for row in rows)
    console.print(f"{len(rows)} figures, {missed} targets missed" if missed else f"{len(rows)} figures")
    return 0


def _draw(rows: Sequence[Row]) -> None:
    interpreter = _peers.python()
    if interpreter is None:
        return
    data = [
        {"what": row.what, "who": row.who, "median": statistics.median(row.figures), "ratio": row.ratio}
        for row in rows
        if row.figures
    ]
    command = [str(interpreter), str(HERE / "charts.py"), str(CHART)]
    subprocess.run(command, input=json.dumps(data), text=True, check=True)


def _report(rows: Sequence[Row]) -> str:
    day = dt.datetime.now(dt.UTC).date()
    ours = {"evolink-client": "", **dict.fromkeys(_OURS, "")}
    versions = {**{name: importlib.metadata.version(name) for name in ours}, **_peers.versions()}
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "`make bench` measures implementations side by side, in turns. Ratios are medians over the",
            "rounds; they are comparable between machines, absolute figures are not.",
            "",
            f"- Date: {day}",
            f"- Machine: {os.cpu_count()} CPUs, {platform.machine()}, {platform.system()}",
            f"- {platform.python_implementation()} {platform.python_version()}",
            f"- {', '.join(f'{name} {version}' for name, version in versions.items())}",
            "",
            *sections(rows),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
