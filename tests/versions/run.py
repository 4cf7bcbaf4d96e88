"""Runs the tests on every Python that is here, with the lowest and with the newest dependencies allowed.

python tests/versions/run.py [INTERPRETER ...]

Without arguments: each `python3.X` of the path and of pyenv, from the lowest that the project supports.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
_ENVIRONMENTS = ROOT / ".venv-all"
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# The extras whose lower bounds are promised to users; the tools of development are pinned.
_PROMISED = ("media", "mock")
# What asks type checkers or a whole copy of the repository is the same with every interpreter.
_SUITES = ("tests/codegen", "tests/contract", "tests/docs", "tests/mock_server", "tests/wrapper")


def main(given: Sequence[str]) -> int:
    """Run every combination and print a table; 1 if one of them fails."""
    console = Console()
    table = Table("Python", "dependencies", "verdict", "seconds")
    failed = 0
    for version, interpreter in _interpreters(given):
        for kind in ("lowest", "newest"):
            began = time.perf_counter()
            console.print(f"Python {version}, {kind} dependencies", style="bold")
            verdict = _tested(interpreter, _ENVIRONMENTS / f"{version}-{kind}", kind)
            failed += verdict != "passed"
            table.add_row(version, kind, verdict, f"{time.perf_counter() - began:.0f}")
    console.print(table)
    return int(bool(failed) or not table.row_count)


def _interpreters(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each version once, the lowest first."""
    places = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    places += sorted(Path("~/.pyenv/versions").expanduser().glob("*/bin"))
    found = list(given) or [
        str(path)
        for place in places
        for path in place.glob("python3.*")
        if re.fullmatch(r"python3\.\d+", path.name)
    ]
    allowed = SpecifierSet(_PROJECT["requires-python"])
    known: dict[str, str] = {}
    for path in found:
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        version = done.stdout.strip()  # a shim of pyenv may stand for a version that is not here
        if not done.returncode and allowed.contains(version):
            known.setdefault(version, path)
    return iter(sorted(known.items(), key=lambda item: int(item[0].partition(".")[2])))


def _tested(interpreter: str, folder: Path, kind: str) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([interpreter, "-m", "venv", str(folder)], check=True)
    python = str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
    pins = folder / "constraints.txt"
    pins.write_text("\n".join(_pins() if kind == "lowest" else []), encoding="utf-8")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(pins)]
    if subprocess.run([*install, "-e", ".[dev]"], cwd=ROOT, check=False).returncode:
        return "not installed"
    tests = [python, "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", *_SUITES]
    return "failed" if subprocess.run(tests, cwd=ROOT, check=False).returncode else "passed"


def _pins() -> list[str]:
    """The lower bound of each dependency of users, and the pins of the tools."""
    promised = [*_PROJECT["dependencies"]]
    for extra in _PROMISED:
        promised += _PROJECT["optional-dependencies"][extra]
    lowest = {}
    for requirement in map(Requirement, promised):
        bounds = [one.version for one in requirement.specifier if one.operator in {">=", "=="}]
        lowest[requirement.name.lower()] = bounds[0]
    # Pins of what others pull in may ask for more than these: the resolver chooses it.
    tools = {
        Requirement(tool).name.lower() for tool in _PROJECT["optional-dependencies"]["dev"] if "[" not in tool
    }
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)$", text, re.MULTILINE))
    kept = {name: version for name, version in pinned.items() if name.lower() in tools - lowest.keys()}
    return [f"{name}=={version}" for name, version in {**kept, **lowest}.items()]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
