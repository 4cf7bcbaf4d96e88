"""Coverage of the contract in a run of pytest, with or without xdist."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .._contract.contract import Contract
from .._engine import coverage as _coverage
from .._engine import coverage_report as _coverage_report

_OUTPUT = "evolink_coverage"  # under which a worker of xdist hands over its counts


class CoverageRun:
    """Counts while a run lasts, and tells at its end.

    Args:
        config: Of the run.
        least: Percent of the contract below which the run fails; None for any.
        path: Where to write the counts as JSON; None for nowhere.
    """

    def __init__(self, config: pytest.Config, least: float | None, path: str | None) -> None:
        self._config = config
        self._least = least
        self._path = path
        self._tally = _coverage.Tally()
        self._before = _coverage.active
        _coverage.active = self._tally

    def pytest_unconfigure(self) -> None:
        """Count no more."""
        _coverage.active = self._before

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over the counts of a worker; one that has crashed has none."""
        self._tally.add(getattr(node, "workeroutput", {}).get(_OUTPUT, {}))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the counts over, or judge them."""
        handed_over: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if handed_over is not None:
            handed_over[_OUTPUT] = self._tally.to_dict()
            return
        if not self._tally.sheets:
            self._tally.sheet(Contract.load())
        if self._path is not None:
            Path(self._path).write_text(
                json.dumps(_coverage_report.to_json(self._tally), indent=2) + "\n", encoding="utf-8"
            )
        if self._falls_short and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        terminalreporter.section("contract coverage")
        for line in _coverage_report.lines(self._tally, shutil.get_terminal_size().columns):
            terminalreporter.write_line(line)
        if self._falls_short:
            terminalreporter.write_line(f"ERROR: {self._least:g} % of the contract are asked for", red=True)

    @property
    def _falls_short(self) -> bool:
        return self._least is not None and self._tally.share * 100 < self._least
