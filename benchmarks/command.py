"""The time of the help of `evolink-client` with many models, over that of Python itself, in turns.

To see what it imports: `python -X importtime -m evolink generate MODEL --help`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import synthetic
from _peers import ENVIRONMENT
from _table import Row

ROUNDS = 21
_PYTHON = "python"
_COMMAND = str(Path(sys.executable).with_name("evolink-client"))
_COMMANDS = {
    _PYTHON: [sys.executable, "-c", "pass"],
    "click alone": [sys.executable, "-c", "import click"],
    "evolink-client --help": [_COMMAND, "--help"],
    "evolink-client generate MODEL --help": [_COMMAND, "generate", "sora-2", "--help"],
    "evolink-client models": [_COMMAND, "models"],
}
_TARGETS = {"evolink-client --help": "<= 80", "evolink-client generate MODEL --help": "<= 110"}


def measure() -> list[Row]:
    """Milliseconds over bare Python, each in a new process."""
    took: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "openapi").mkdir()
        synthetic.write_documents(folder)
        command = [sys.executable, "-m", "evolink_codegen", "generate"]
        subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
        environment = {**ENVIRONMENT, "PYTHONPATH": str(folder / "generated")}
        for turn in range(ROUNDS + 1):
            for name in sorted(_COMMANDS, reverse=bool(turn % 2)):
                began = time.perf_counter()
                subprocess.run(_COMMANDS[name], env=environment, check=True, capture_output=True)
                if turn:  # the first round reads the disk and compiles
                    took[name].append((time.perf_counter() - began) * 1000)
    bare = took.pop(_PYTHON)
    return [
        Row(
            f"start over bare Python, {synthetic.COUNT} models",
            name,
            "ms",
            [max(one - other, 0.0) for one, other in zip(figures, bare, strict=True)],
            target=_TARGETS.get(name, ""),
        )
        for name, figures in took.items()
    ]
