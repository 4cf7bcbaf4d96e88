"""Measures contract coverage in a run of pytest, with or without xdist."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .._contract.contract import Contract
from .._engine import coverage

_WORKER_OUTPUT = "evolink_coverage"  # the key under which a worker of xdist hands its counts over


class CoverageRun:
    """Counts during a run, and reports at its end.

    Args:
        config: The config of the run.
        fail_under: The percentage below which the run fails; None for no limit.
        path: The file for the report as JSON; None for none.
    """

    def __init__(self, config: pytest.Config, fail_under: float | None, path: str | None) -> None:
        self._config = config
        self._fail_under = fail_under
        self._path = path
        self._counter = coverage.CoverageCounter()
        self._previous = coverage.active
        coverage.active = self._counter

    def pytest_unconfigure(self) -> None:
        """Stop counting."""
        coverage.active = self._previous

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the counts of a worker; one that has crashed has none."""
        self._counter.add(getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT, {}))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the counts over in a worker; else write the report and decide whether the run fails."""
        worker_output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if worker_output is not None:
            worker_output[_WORKER_OUTPUT] = self._counter.to_dict()
            return
        if not self._counter.contracts:
            self._counter.coverage(Contract.load())
        if self._path is not None:
            text = json.dumps(coverage.report_json(self._counter), indent=2)
            Path(self._path).write_text(f"{text}\n", encoding="utf-8")
        if self._is_too_low and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the report."""
        terminalreporter.section("contract coverage")
        for line in coverage.report_lines(self._counter, shutil.get_terminal_size().columns):
            terminalreporter.write_line(line)
        if self._is_too_low:
            message = f"ERROR: less than the {self._fail_under:g} % of --evolink-coverage-fail-under"
            terminalreporter.write_line(message, red=True)

    @property
    def _is_too_low(self) -> bool:
        return self._fail_under is not None and self._counter.fraction * 100 < self._fail_under
