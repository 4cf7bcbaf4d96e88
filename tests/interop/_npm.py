"""Programs from npm, installed into a git-ignored folder of the repository."""

import functools
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from document_tree import ROOT

FOLDER = ROOT / ".interop"
_HERE = Path(__file__).parent
_PINS = ("package.json", "package-lock.json")
_STAMP = FOLDER / "node_modules" / ".installed"
# Disable telemetry and update checks.
_QUIET = {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off", "SCARF_ANALYTICS": "false"}


def environment() -> dict[str, str]:
    """The environment of a program from npm."""
    return {**os.environ, **_QUIET}


def program(package: str) -> list[str]:
    """The command that runs the program of a package, after installing it.

    Fails the test with a one-line reason if Node.js is missing or npm cannot install.
    """
    folder = installed() / "node_modules" / package
    bins = json.loads((folder / "package.json").read_text(encoding="utf-8"))["bin"]
    return [_found("node"), str(folder / next(iter(bins.values())))]


def run(package: str, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the program of a package and wait for it."""
    return _run([*program(package), *arguments], folder)


def node(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a script in Node.js and wait for it."""
    return _run([_found("node"), *arguments], folder)


@functools.cache
def installed() -> Path:
    """The folder with `node_modules`, reinstalled when the pins have changed."""
    npm = _found("npm")
    pins = {name: (_HERE / name).read_bytes() for name in _PINS}
    mark = hashlib.sha256(b"\0".join(pins.values())).hexdigest()
    if _STAMP.is_file() and _STAMP.read_text(encoding="ascii") == mark:
        return FOLDER
    FOLDER.mkdir(exist_ok=True)
    for name, data in pins.items():
        (FOLDER / name).write_bytes(data)
    done = _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], FOLDER)
    if done.returncode:
        pytest.fail(f"npm could not install {FOLDER / 'package.json'}: {done.stderr.strip()}", pytrace=False)
    _STAMP.write_text(mark, encoding="ascii")
    return FOLDER


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.fail(
            f"these tests run programs from npm: Node.js 20.19 or newer is needed, but {name} was not found",
            pytrace=False,
        )
    return path


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
