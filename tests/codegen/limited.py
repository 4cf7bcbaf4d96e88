"""Runs the pipeline as a process of its own, which may use only so much time and memory."""

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

SECONDS = 5  # of the processor: other tests run at the same time
MEGABYTES = 300
_PATIENCE = 100.0
_SPARE_MEGABYTES = 2_000  # of addresses, many of which are never used


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        code: The exit code; negative if a signal ended it.
        error: What it printed to stderr.
        megabytes: The most memory that it used.
    """

    code: int
    error: str
    megabytes: int

    @property
    def is_clean(self) -> bool:
        """Whether it ended with success, or with one line and without a traceback."""
        lines = [line for line in self.error.splitlines() if not line.startswith("warning: ")]
        return (self.code, len(lines)) in ((0, 0), (2, 1)) and self.megabytes < MEGABYTES


_LIMITED = f"""
import resource, runpy
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({_SPARE_MEGABYTES} * 1024 * 1024,) * 2)
runpy.run_module("evolink_codegen", run_name="__main__")
"""


def run(*arguments: str, folder: Path) -> Result:
    """Run the pipeline's command in a folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", _LIMITED, *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    timer = threading.Timer(_PATIENCE, process.kill)
    timer.start()
    assert process.stderr is not None
    with process.stderr:
        error = process.stderr.read().decode("utf-8", "replace")
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Result(process.returncode, error, usage.ru_maxrss // 1024)
