"""Runs the pipeline as a process of its own, which may use only so much time and memory."""

import contextlib
import io
import multiprocessing
import os
import resource
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from evolink_codegen.cli import main

SECONDS = 5  # of the processor: other tests run at the same time
MEGABYTES = 300
_PATIENCE = 100.0
_SPARE_MEGABYTES = 2_000  # of addresses, many of which are never used

# Forked from one process that has imported everything, which takes longer than most runs.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["evolink_codegen.cli", "openapi_python_client", "codegen.limited"])


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


def run(*arguments: str, folder: Path) -> Result:
    """Run the pipeline's command in a folder."""
    receiver, sender = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_run, args=(arguments, folder, sender))
    process.start()
    sender.close()
    process.join(_PATIENCE)
    process.kill()
    process.join()
    with receiver:
        return receiver.recv() if receiver.poll() else Result(process.exitcode or 0, "killed", 0)


def _run(arguments: tuple[str, ...], folder: Path, sender: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    size = _SPARE_MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    os.chdir(folder)
    error = io.StringIO()
    with contextlib.redirect_stderr(error), contextlib.redirect_stdout(io.StringIO()):
        try:
            code = main(arguments)
        except BaseException:  # noqa: BLE001 - reported as a program would
            traceback.print_exc()
            code = 1
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sender.send(Result(code, error.getvalue(), megabytes))
