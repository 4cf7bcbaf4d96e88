"""Draws the main results as one SVG; `run.py` runs it with the interpreter that has matplotlib.

python benchmarks/charts.py FILE < rows.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

# Only the environment of the peers has matplotlib; type checkers do not look there.
import matplotlib as mpl  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]
from matplotlib.figure import Figure  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

# For each panel: title, the rows' `what`, implementations to omit, whether less is better.
PANELS = (
    ("Import, ms", "import", {"httpx"}, True),
    ("tasks.get, share of raw httpx", "tasks.get on one connection", {"httpx"}, False),
    ("Noticing completion, mean delay x polls", "noticing completion: mean delay x polls", set[str](), True),
    ("Mock server, creates per second", "mock server: valid creates, 32 connections", set[str](), False),
)
_OURS, _OTHERS, _INK = "#2563eb", "#cbd5e1", "#334155"


def draw(rows: list[dict[str, Any]], file: str) -> None:
    """Write one bar chart for each measurement that has rows."""
    panels = [(title, better, _bars(rows, what, omitted)) for title, what, omitted, better in PANELS]
    panels = [panel for panel in panels if panel[2]]
    mpl.rcParams.update({"svg.hashsalt": "evolink", "svg.fonttype": "none", "font.family": "sans-serif"})
    columns = 2
    lines = -(-len(panels) // columns)
    figure = Figure(figsize=(10, 2.2 * lines), layout="constrained", facecolor="white")
    axes = figure.subplots(lines, columns, squeeze=False).flatten()
    for axis, (title, is_less_better, bars) in zip(axes, panels, strict=False):
        names = [name for name, _ in bars]
        values = [value for _, value in bars]
        drawn = axis.barh(names, values, color=[_OURS if _is_ours(name) else _OTHERS for name in names])
        axis.bar_label(drawn, fmt=_label, padding=3, color=_INK, fontsize=8)
        axis.set_title(f"{title} ({'less' if is_less_better else 'more'} is better)", fontsize=9, color=_INK)
        axis.invert_yaxis()
        axis.set_xticks([])
        axis.margins(x=0.15)
        axis.tick_params(colors=_INK, labelsize=8, length=0)
        for side in axis.spines.values():
            side.set_visible(False)
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    figure.savefig(file, format="svg", metadata={"Date": None})


def _bars(rows: list[dict[str, Any]], what: str, omitted: set[str]) -> list[tuple[str, float]]:
    found = [row for row in rows if row["what"] == what and row["who"] not in omitted]
    is_share = what == "tasks.get on one connection"
    return [(row["who"], row["ratio"] if is_share else row["median"]) for row in found]


def _is_ours(name: str) -> bool:
    return name.startswith("evolink")


def _label(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


if __name__ == "__main__":
    draw(json.load(sys.stdin), sys.argv[1])
