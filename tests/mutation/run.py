# ruff: noqa: T201 - a command that prints
"""Mutation tests: break one rule at a time in a copy of the repository; a test must fail.

    python tests/mutation/run.py [--jobs N] [WORD...]

The YAML files in this folder define the mutants. With words, only mutants whose names contain one of them
run. Exits with 1 if a mutant survives or is stale, or if the unchanged copy fails.
"""

import argparse
import importlib.util
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# The files of mutants, each with the tests that must notice them.
PARTS = {
    "documents": "tests/contract",
    "validator": "tests/contract",
    "mock": "tests/contract",
    "client": "tests/contract",
    "bulk": "tests/bulk",
    "command": "tests/cli",
    "files": "tests/wrapper",
    "tools": "tests/mock_server",
}
PACKAGES = ("generated", "wrapper", "mock_server", "codegen")
# Longer than the tests of a part take: a mutant may cause an endless wait.
TIMEOUT = 600
_IMPORTED = "import evolink, evolink_api, evolink_codegen, evolink_mock as m; print({})".format(
    ", ".join(f"{name}.__file__" for name in ("evolink", "evolink_api", "evolink_codegen", "m"))
)


class Mutant(NamedTuple):
    """One change to the repository.

    Attributes:
        name: The rule that it breaks, in words.
        file: The file that it changes.
        old: The text that it replaces; it must occur exactly once.
        new: The replacement.
        suite: The folder of the tests that must notice it.
        where: The file in this folder that runs first.
        hint: The tests in that file, as an expression for `pytest -k`.
        regenerate: Whether `generate` runs after the change.
    """

    name: str
    file: str
    old: str
    new: str
    suite: str
    where: str
    hint: str
    regenerate: bool = False


class StaleError(Exception):
    """The text that a mutant replaces does not occur exactly once."""


class Result(NamedTuple):
    """The result of a mutant: the test that failed, or None and the reason."""

    killed_by: str | None
    reason: str
    seconds: float


class Copy:
    """A copy of the repository in which mutants are applied and reverted."""

    def __init__(self, folder: Path, caches: Path) -> None:
        self.folder = folder
        # Kept in memory, since the original may change during the run.
        self._content = {name: (ROOT / name).read_bytes() for name in _repository_files()}
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPATH": os.pathsep.join(str(folder / name) for name in PACKAGES),
            "PYTHONPYCACHEPREFIX": str(caches),
        }
        for name, content in self._content.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def test(self, *selection: str) -> subprocess.CompletedProcess[str]:
        """Run tests until the first failure."""
        return self.run("-m", "pytest", "-x", "-q", "--tb=line", "-p", "no:cacheprovider", *selection)

    def imports(self) -> list[str]:
        """The files that the packages are imported from."""
        return re.findall(r"\S+\.py", self.run("-c", _IMPORTED).stdout)

    def apply(self, mutant: Mutant) -> None:
        """Apply a mutant.

        Raises:
            StaleError: It cannot be applied.
        """
        path = self.folder / mutant.file
        text = path.read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            raise StaleError(f"stale: its text occurs {text.count(mutant.old)} times in {mutant.file}")
        self._write(path, text.replace(mutant.old, mutant.new).encode())
        if mutant.regenerate:
            done = self.run("-m", "evolink_codegen", "generate")
            if done.returncode:
                raise StaleError(f"generate fails: {done.stderr.strip()[-200:]}")
            self._forget("generated")

    def restore(self) -> None:
        """Restore all files."""
        for path in list((self.folder / "generated").rglob("*")):
            if path.is_file() and str(path.relative_to(self.folder)) not in self._content:
                path.unlink()
        for name, content in self._content.items():
            path = self.folder / name
            if not path.exists() or path.read_bytes() != content:
                self._write(path, content)
        self._forget("generated")

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self._forget(str(path.relative_to(self.folder)))

    def _forget(self, name: str) -> None:
        """Delete bytecode: Python compares only second and size, which may be equal for a mutant."""
        prefix = self._environment["PYTHONPYCACHEPREFIX"]
        compiled = Path(prefix) / (self.folder / name).relative_to("/")
        if compiled.is_dir():
            shutil.rmtree(compiled)
        elif name.endswith(".py"):
            stem = Path(importlib.util.cache_from_source(name)).name
            (compiled.parent / stem).unlink(missing_ok=True)


def _repository_files() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def test_mutant(copy: Copy, mutant: Mutant) -> Result:
    """Apply a mutant, run the tests, and restore the copy."""
    started = time.monotonic()
    try:
        copy.apply(mutant)
        # First the tests that should fail, then all.
        for selection in ([f"{mutant.suite}/{mutant.where}", "-k", mutant.hint], [mutant.suite]):
            done = copy.test(*selection)
            if done.returncode == 1 and (
                failed := re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
            ):
                return Result(failed[1], "", time.monotonic() - started)
            if done.returncode not in (0, 5):
                return Result(None, f"pytest ended with {done.returncode}", time.monotonic() - started)
    except StaleError as error:
        return Result(None, str(error), time.monotonic() - started)
    except subprocess.TimeoutExpired:
        return Result(None, f"timeout after {TIMEOUT} s", time.monotonic() - started)
    finally:
        copy.restore()
    return Result(None, "SURVIVES", time.monotonic() - started)


def check_unchanged(copy: Copy, mutants: Sequence[Mutant], jobs: int) -> str | None:
    """Why the tests that run first fail in the unchanged copy; None if they pass."""
    found = copy.imports()
    if len(found) != len(PACKAGES) or not all(Path(file).is_relative_to(copy.folder) for file in found):
        return f"the packages are not imported from the copy: {found}"
    files = sorted({f"{mutant.suite}/{mutant.where}" for mutant in mutants})
    done = copy.test(*files, "-n", str(jobs))
    return None if done.returncode == 0 else f"the tests fail in the copy:\n{done.stdout[-3000:]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all mutants and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    known = [
        Mutant(suite=suite, **one)
        for part, suite in PARTS.items()
        for one in yaml.safe_load((HERE / f"{part}.yaml").read_text(encoding="utf-8"))
    ]
    chosen = [one for one in known if not options.words or any(word in one.name for word in options.words)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        scratch = Path(name).resolve()
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for number in range(options.jobs):
            copies.put(Copy(scratch / f"copy-{number}", scratch / f"compiled-{number}"))
        started = time.monotonic()
        unchanged = copies.get()
        if not options.words and (fault := check_unchanged(unchanged, chosen, options.jobs)):
            print(fault)
            return 1
        copies.put(unchanged)
        if not options.words:
            print(f"unchanged copy: the tests pass ({time.monotonic() - started:.0f} s)\n")

        def run_mutant(mutant: Mutant) -> Result:
            copy = copies.get()
            try:
                return test_mutant(copy, mutant)
            finally:
                copies.put(copy)

        print("| broken rule | failing test | s |\n|---|---|---|")
        missed = 0
        with ThreadPoolExecutor(options.jobs) as executor:
            for mutant, result in zip(chosen, executor.map(run_mutant, chosen), strict=True):
                test = (result.killed_by or "").removeprefix("tests/")
                missed += result.killed_by is None
                print(
                    f"| {mutant.name} | {test or f'**{result.reason}**'} | {result.seconds:.0f} |", flush=True
                )
    print(f"\n{len(chosen) - missed} of {len(chosen)} killed, {time.monotonic() - started:.0f} s")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
