"""The cost of many documents: vendoring, generating, importing, the first request, and type checking."""

from __future__ import annotations

import functools
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import synthetic
from _peers import ENVIRONMENT
from _table import Row, paired

SIZES = (5, synthetic.COUNT)
ROUNDS = 3
_PROCESSES = 15
_TIMED = "import time; began = time.perf_counter(); {}; print((time.perf_counter() - began) * 1000)"
_CREATE = """
import httpx
from evolink import EvoLink
reply = {"id": "task-unified-1-a", "model": "sora-2", "status": "pending", "progress": 0}
http = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, json=reply)))
EvoLink("k" * 20, http_client=http).videos.create(model="sora-2", prompt="A cat playing piano")
"""
_STEPS = {
    "import evolink": "import evolink",
    "import evolink_api": "import evolink_api",
    "import and first create": f"exec({_CREATE!r})",
    "import one model's class": "from evolink_api.models import Sora2Request",
}
_PROGRAM = """
from evolink import EvoLink

def make(client: EvoLink) -> None:
    client.models["sora-2"].create(prompt="A cat playing piano", durations=10)
"""
_CHECKERS = {
    "mypy": ["--strict", "--cache-dir", os.devnull],
    "pyright": ["--pythonpath", sys.executable],
}


def measure() -> list[Row]:
    """Seconds to generate, and milliseconds of the first steps of a user; each in a new process."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = {size: Path(scratch, str(size)) for size in SIZES}
        for size, folder in folders.items():
            (folder / "openapi").mkdir(parents=True)
            synthetic.write_documents(folder, size)
        return [
            *_generate(folders),
            *_vendor(Path(scratch)),
            *_first_steps(folders),
            *_checking(folders),
        ]


def _generate(folders: dict[int, Path]) -> list[Row]:
    took: dict[int, list[float]] = {size: [] for size in folders}
    digests: dict[int, set[str]] = {size: set() for size in folders}
    for turn in range(ROUNDS):
        for size, folder in folders.items():
            # A different hash seed each time reveals output that depends on the order of a set.
            environment = {**ENVIRONMENT, "PYTHONHASHSEED": str(turn + 1)}
            began = time.perf_counter()
            command = [sys.executable, "-m", "evolink_codegen", "generate"]
            subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
            took[size].append(time.perf_counter() - began)
            digests[size].add(_digest(folder / "generated"))
    targets: dict[int, str] = dict(zip(SIZES, ("<= 2", "<= 6"), strict=True))
    notes = {size: "byte-identical" if len(digests[size]) == 1 else "NOT the same bytes" for size in folders}
    return [
        Row("generate", f"{size} documents", "s", took[size], target=targets[size], note=notes[size])
        for size in folders
    ]


def _vendor(scratch: Path) -> list[Row]:
    """Seconds to vendor an index from a local server into an empty checkout, and to ask again."""
    site = scratch / "site"
    synthetic.write_site(site)
    first: list[float] = []
    again: list[float] = []
    handler = functools.partial(_QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [sys.executable, "-m", "evolink_codegen", "vendor", "--index"]
        command.append(f"http://127.0.0.1:{server.server_port}/llms.txt")
        for turn in range(ROUNDS):
            folder = scratch / f"vendored-{turn}"
            (folder / "openapi" / "vendor").mkdir(parents=True)
            for took in (first, again):
                began = time.perf_counter()
                subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
                took.append(time.perf_counter() - began)
        server.shutdown()
    pages = f"{synthetic.COUNT} pages"
    return [
        Row("vendor --index", pages, "s", first, target="<= 15"),
        Row("vendor --index", f"{pages}, unchanged", "s", again),
    ]


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def _first_steps(folders: dict[int, Path]) -> list[Row]:
    rows = []
    for what, code in _STEPS.items():
        took: dict[int, list[float]] = {size: [] for size in folders}
        for turn in range(_PROCESSES + 1):
            for size, folder in sorted(folders.items(), reverse=bool(turn % 2)):
                command = [sys.executable, "-c", _TIMED.format(code)]
                environment = {**ENVIRONMENT, "PYTHONPATH": str(folder / "generated")}
                done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
                if turn:  # the first round reads the disk and compiles
                    took[size].append(float(done.stdout))
        few, many = SIZES
        rows.append(Row(what, f"{few} documents", "ms", took[few]))
        rows.append(
            Row(what, f"{many} documents", "ms", took[many], paired(took[many], took[few]), "<= 1.05")
        )
    return rows


def _checking(folders: dict[int, Path]) -> list[Row]:
    """Seconds of processor time to check a program without a cache, and the lines about a wrong parameter."""
    rows = []
    for checker, options in _CHECKERS.items():
        took: dict[int, list[float]] = {size: [] for size in folders}
        notes = {}
        for turn in range(ROUNDS):
            for size, folder in sorted(folders.items(), reverse=bool(turn % 2)):
                (folder / "program.py").write_text(_PROGRAM, encoding="utf-8")
                environment = {**ENVIRONMENT, "PYTHONPATH": str(folder / "generated")}
                command = [sys.executable, "-m", checker, *options, "program.py"]
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                done = subprocess.run(
                    command, cwd=folder, env=environment, check=False, capture_output=True, text=True
                )
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                took[size].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
                lines = [line for line in done.stdout.splitlines() if "program.py:" in line]
                errors = sum("error" in line for line in lines)
                notes[size] = f"one wrong parameter: errors {errors}, lines with notes {len(lines)}"
        few, many = SIZES
        what = f"check one file with {checker}"
        rows.append(Row(what, f"{few} documents", "s", took[few], note=notes[few]))
        ratio = paired(took[many], took[few])
        rows.append(Row(what, f"{many} documents", "s", took[many], ratio, "<= 1.5", notes[many]))
    return rows


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
