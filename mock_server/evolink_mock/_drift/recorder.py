"""Records exchanges: what differs from the contract in a report, all of it in an HTTP Archive."""

from __future__ import annotations

import dataclasses
import json
import threading
from typing import TYPE_CHECKING

from .detector import DriftDetector
from .har import entry_of
from .har_file import HarFile, write_atomically
from .redaction import Redactor
from .report import DriftReport

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from .._contract.contract import Contract
    from .har import Exchange
    from .report import Drift


class Recorder:
    """Writes what it is given before it returns, so that nothing is lost if the process is killed.

    It may be used from several threads.

    Args:
        contract: What the API is held against.
        har: Where all exchanges go; None for nowhere.
        report: Where the report goes; None for nowhere.

    Raises:
        OSError: A file cannot be written.

    Attributes:
        redactor: Hides the keys that were seen.
        report: What differs.
    """

    def __init__(self, contract: Contract, *, har: Path | None = None, report: Path | None = None) -> None:
        self.redactor = Redactor(contract)
        self.report = DriftReport()
        self._detector = DriftDetector(contract)
        self._lock = threading.Lock()
        self._report_path = report
        self._write_report()
        self._har = None if har is None else HarFile(har)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what is only needed to record more."""
        if self._har is not None:
            self._har.close()

    def add(self, exchange: Exchange) -> list[Drift]:
        """Record an exchange.

        Returns:
            What differs in it.

        Raises:
            OSError: A file cannot be written.
        """
        with self._lock:
            self.redactor.learn(exchange.request)
            found = []
            if exchange.response is not None:
                found = [
                    dataclasses.replace(
                        one,
                        operation=self.redactor.text(one.operation),
                        path=self.redactor.text(one.path),
                        message=self.redactor.text(one.message),
                    )
                    for one in self._detector.find(exchange.request, exchange.response)
                ]
            self.report.add(found)
            if self._har is not None:
                self._har.append(entry_of(exchange, self.redactor))
            self._write_report()
            return found

    def _write_report(self) -> None:
        if self._report_path is not None:
            text = json.dumps(self.report.to_dict(), indent=2, ensure_ascii=False)
            write_atomically(self._report_path, f"{text}\n".encode("utf-8", "backslashreplace"))
