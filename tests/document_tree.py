"""Copies of the repository's documents with synthetic documents vendored beside them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted((ROOT / "tests" / "codegen" / "documents").glob("*.yaml"))


def vendor_into(folder: Path, documents: Iterable[Path] = DOCUMENTS) -> None:
    """Copy the documents of the repository, vendor further ones, and generate everything."""
    shutil.copytree(ROOT / "openapi", folder / "openapi")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for command in (("vendor", *map(str, documents)), ("generate",)):
        done = run("-m", "evolink_codegen", *command, folder=folder)
        assert done.returncode == 0, done.stderr


def run(*command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
