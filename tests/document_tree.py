"""Documents in folders: copies of those of the repository, synthetic ones beside them, and their content."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted((ROOT / "tests" / "codegen" / "documents").glob("*.yaml"))


def files_of(folder: Path) -> dict[str, bytes]:
    """The content of each file below a folder, but of compiled modules, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


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
