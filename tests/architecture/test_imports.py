"""The packages keep to the layers in `.importlinter`, and the check notices every kind of wrong import."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("generated/evolink_api", "wrapper/evolink", "mock_server/evolink_mock", "codegen/evolink_codegen")
WRONG_IMPORTS = {
    "upward": {"_core/extra.py": "from evolink import _client\n"},
    "type-only": {
        "_core/extra.py": (
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from evolink import _client\n"
        )
    },
    "circular": {
        "_core/extra.py": "from evolink._core import other\n",
        "_core/other.py": "from evolink._core import extra\n",
    },
    "of an unknown layer": {"_extra.py": ""},
}


def check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the packages in a folder."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as main; main()",
            "--no-cache",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with copies of the packages and of the contract."""
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for package in PACKAGES:
        ignore = shutil.ignore_patterns("__pycache__", "*.json")
        shutil.copytree(ROOT / package, tmp_path / Path(package).name, ignore=ignore)
    return tmp_path


def test_packages_keep_to_the_architecture(copy: Path) -> None:
    done = check_imports(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow  # each reads all packages; `make check` holds the tree itself to them
@pytest.mark.parametrize("kind", WRONG_IMPORTS)
def test_wrong_import_is_reported(copy: Path, kind: str) -> None:
    for name, text in WRONG_IMPORTS[kind].items():
        (copy / "evolink" / name).write_text(text, encoding="utf-8")
    done = check_imports(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "extra" in done.stdout
