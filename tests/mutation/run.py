# ruff: noqa: T201 - printing is its work
"""Break one rule at a time in a copy of the repository: at least one contract test must notice.

    python tests/mutation/run.py [--jobs N] [WORD...]

The mutants are in the YAML files beside this one. With words, only those whose names hold one of them. Ends
with 1 if one is not noticed, or cannot be applied any more, or if the copy fails without any.
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
PARTS = ("documents", "validator", "mock", "client")
PACKAGES = ("generated", "wrapper", "mock_server", "codegen")
CONTRACT = "tests/contract"
# Longer than all of tests/contract takes: a mutant may make something wait for ever.
LONGEST = 600
_IMPORTED = "import evolink, evolink_api, evolink_codegen, evolink_mock as m; print({})".format(
    ", ".join(f"{name}.__file__" for name in ("evolink", "evolink_api", "evolink_codegen", "m"))
)


class Mutant(NamedTuple):
    """One change to the repository.

    Attributes:
        name: the rule that it breaks, in words.
        file: where.
        old: the text that is replaced; it must be there exactly once.
        new: what it becomes.
        where: the file in tests/contract that is tried first.
        hint: the tests of it, as `pytest -k` takes them.
        regenerate: whether everything is made of the documents anew.
    """

    name: str
    file: str
    old: str
    new: str
    where: str
    hint: str
    regenerate: bool = False


class StaleError(Exception):
    """The text that a mutant replaces is not there, or more than once."""


class Verdict(NamedTuple):
    """What became of a mutant: the test that noticed it, or None and why."""

    caught_by: str | None
    reason: str
    seconds: float


class Copy:
    """A copy of the repository, to be broken and mended again and again."""

    def __init__(self, folder: Path, caches: Path) -> None:
        self.folder = folder
        # Kept, for people go on working at the original.
        self._content = {name: (ROOT / name).read_bytes() for name in _listed()}
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
            timeout=LONGEST,
            check=False,
        )

    def test(self, *selection: str) -> subprocess.CompletedProcess[str]:
        """Run tests until the first that fails."""
        return self.run("-m", "pytest", "-x", "-q", "--tb=line", "-p", "no:cacheprovider", *selection)

    def imports(self) -> list[str]:
        """The files that the packages are imported from."""
        return re.findall(r"\S+\.py", self.run("-c", _IMPORTED).stdout)

    def break_(self, mutant: Mutant) -> None:
        """Apply a mutant.

        Raises:
            StaleError: It fits no more.
        """
        path = self.folder / mutant.file
        text = path.read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            raise StaleError(f"stale: {mutant.file} has its text {text.count(mutant.old)} times")
        self._write(path, text.replace(mutant.old, mutant.new).encode())
        if mutant.regenerate:
            done = self.run("-m", "evolink_codegen", "generate")
            if done.returncode:
                raise StaleError(f"generate fails: {done.stderr.strip()[-200:]}")
            self._forget("generated")

    def mend(self) -> None:
        """Put everything back."""
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
        """Compiled files are told apart by second and size, which a mutant may share with the original."""
        prefix = self._environment["PYTHONPYCACHEPREFIX"]
        compiled = Path(prefix) / (self.folder / name).relative_to("/")
        if compiled.is_dir():
            shutil.rmtree(compiled)
        elif name.endswith(".py"):
            stem = Path(importlib.util.cache_from_source(name)).name
            (compiled.parent / stem).unlink(missing_ok=True)


def _listed() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def tried(copy: Copy, mutant: Mutant) -> Verdict:
    """Break the copy, see who notices, mend it."""
    started = time.monotonic()
    try:
        copy.break_(mutant)
        # First where it should be noticed, then everywhere.
        for selection in ([f"{CONTRACT}/{mutant.where}", "-k", mutant.hint], [CONTRACT]):
            done = copy.test(*selection)
            if done.returncode == 1 and (
                failed := re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
            ):
                return Verdict(failed[1], "", time.monotonic() - started)
            if done.returncode not in (0, 5):
                return Verdict(None, f"pytest ended with {done.returncode}", time.monotonic() - started)
    except StaleError as error:
        return Verdict(None, str(error), time.monotonic() - started)
    except subprocess.TimeoutExpired:
        return Verdict(None, f"not ended after {LONGEST} s", time.monotonic() - started)
    finally:
        copy.mend()
    return Verdict(None, "SURVIVES", time.monotonic() - started)


def controlled(copy: Copy, jobs: int) -> str | None:
    """What is wrong with the copy while nothing is broken; None if all is well."""
    found = copy.imports()
    if len(found) != len(PACKAGES) or not all(Path(file).is_relative_to(copy.folder) for file in found):
        return f"the packages are not those of the copy: {found}"
    done = copy.test(CONTRACT, "-n", str(jobs))
    return None if done.returncode == 0 else f"the tests fail in the copy:\n{done.stdout[-3000:]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all mutants, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    known = [
        Mutant(**one)
        for part in PARTS
        for one in yaml.safe_load((HERE / f"{part}.yaml").read_text(encoding="utf-8"))
    ]
    chosen = [one for one in known if not options.words or any(word in one.name for word in options.words)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        place = Path(name).resolve()
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for number in range(options.jobs):
            copies.put(Copy(place / f"copy-{number}", place / f"compiled-{number}"))
        started = time.monotonic()
        control = copies.get()
        if not options.words and (fault := controlled(control, options.jobs)):
            print(fault)
            return 1
        copies.put(control)
        if not options.words:
            print(f"control: nothing broken, all pass ({time.monotonic() - started:.0f} s)\n")

        def judged(mutant: Mutant) -> Verdict:
            copy = copies.get()
            try:
                return tried(copy, mutant)
            finally:
                copies.put(copy)

        print("| broken rule | noticed by | s |\n|---|---|---|")
        missed = 0
        with ThreadPoolExecutor(options.jobs) as hands:
            for mutant, verdict in zip(chosen, hands.map(judged, chosen), strict=True):
                test = (verdict.caught_by or "").removeprefix(f"{CONTRACT}/")
                missed += verdict.caught_by is None
                print(
                    f"| {mutant.name} | {test or f'**{verdict.reason}**'} | {verdict.seconds:.0f} |",
                    flush=True,
                )
    print(f"\n{len(chosen) - missed} of {len(chosen)} noticed, {time.monotonic() - started:.0f} s")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
