"""Runs that break off at each of their steps, in processes of their own.

    python crashes.py URL KEY FOLDER BREAK MODE POINT...

A run of 8 jobs is forked for each POINT and breaks there, as BREAK says; then the same run is made to its
end, and looked at. The steps are counted: before and after each write of the journal and of a file, and
before and after each call of the client's sockets. POINT 0 breaks nowhere. Each line of the output is JSON:
the point, the number of steps (-1: it was killed), the jobs that are unknown, and what is wrong.
"""

import contextlib
import errno
import functools
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpcore
import httpx
from httpcore._backends import sync as sockets

from evolink import EvoLink, bulk
from evolink._contract.models import model_infos
from evolink._downloads.sink import FileSink
from evolink.bulk import sqlite
from evolink.bulk.folder import RunFolder

JOBS = 8
# Seconds of the client per real one: it never asks more than once in one of its own.
SPEED = 30.0
# Seconds of the client's clock after which a run ends: one that cannot go on, and any other one, which a busy
# machine may hold up.
BROKEN_RUN, LONGEST_RUN = 60.0, 3600.0
LINKS_LIVE = 90_000


class Clock:
    """Time that runs fast."""

    def __init__(self) -> None:
        self._start = time.time()

    def now(self) -> float:
        return self._start + (time.time() - self._start) * SPEED

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds) / SPEED)


class Steps:
    """Counts the steps of a run, and breaks it at one of them."""

    def __init__(self, what: str, point: int) -> None:
        self.count = 0
        self._what = what
        self._point = point
        self._lock = threading.Lock()

    @property
    def leave_the_run_alive(self) -> bool:
        """Whether the run is not killed where it breaks, but cannot go on."""
        return bool(self._point) and self._what in {"network", "disk"}

    def take(self, kind: str) -> None:
        """A step of a kind: `socket` or `disk`."""
        with self._lock:
            if self._what in {"network", "disk"} and kind != {"network": "socket"}.get(self._what, "disk"):
                return
            self.count += 1
            is_broken = bool(self._point) and self.count >= self._point
        if not is_broken:
            return
        if self._what == "network":
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        if self._what == "disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        os.kill(os.getpid(), signal.SIGKILL)


def watch(steps: Steps) -> None:
    """Count the steps of this process from now on."""

    def around(kind: str, function: Callable[..., Any], error: type[Exception] = OSError) -> Any:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with raising(error):
                steps.take(kind)
            result = function(*args, **kwargs)
            with raising(error):
                steps.take(kind)
            return result

        return call

    stream: Any = sockets.SyncStream
    backend: Any = sockets.SyncBackend
    stream.read = around("socket", stream.read, httpcore.ReadError)
    stream.write = around("socket", stream.write, httpcore.WriteError)
    backend.connect_tcp = around("socket", backend.connect_tcp, httpcore.ConnectError)
    for owner, name in (
        (FileSink, "flush"),
        (FileSink, "commit"),
        (RunFolder, "_replace"),
        (RunFolder, "place"),
    ):
        setattr(owner, name, around("disk", getattr(owner, name)))
    journal: Any = sqlite.SQLiteJournal
    transaction = journal._transaction

    @contextlib.contextmanager
    def watched(self: Any, *, is_durable: bool = False) -> Iterator[Any]:
        with self._reporting(), raising(sqlite3.OperationalError):
            steps.take("disk")
        with transaction(self, is_durable=is_durable) as cursor:
            yield cursor
        with self._reporting(), raising(sqlite3.OperationalError):
            steps.take("disk")

    journal._transaction = watched


@contextlib.contextmanager
def raising(kind: type[Exception]) -> Iterator[None]:
    """Raise an error of the system as the kind that its callers expect."""
    try:
        yield
    except OSError as error:
        if kind is OSError:
            raise
        raise kind(str(error)) from error


def bodies(count: int) -> list[dict[str, Any]]:
    model = next(info for info in model_infos().values() if "prompt" in info.examples[0])
    return [{**model.examples[0], "prompt": f"number {number}"} for number in range(count)]


def run(
    url: str,
    key: str,
    folder: Path,
    mode: str,
    *,
    journal: str | None = None,
    count: int = JOBS,
    timeout: float = LONGEST_RUN,
) -> bulk.Summary:
    """Make a run to its end, if nothing breaks it."""
    with EvoLink(api_key=key, base_url=url, clock=Clock(), max_retries=1) as client:
        return client.bulk.run(
            bodies(count),
            folder,
            concurrency=8,
            trust_idempotency=mode == "trust",
            timeout=timeout if journal is None else None,
            journal=journal,
        )


def prepare(url: str, count: int, seconds: float = 40) -> None:
    """Empty the mock; its tasks take a moment, and their links are renewed."""
    httpx.post(f"{url}/_mock/reset", timeout=60).raise_for_status()
    outcome = {"outcome": "completed", "seconds": seconds, "times": 4 * count, "renew_links": True}
    httpx.post(f"{url}/_mock/outcomes", json=outcome, timeout=60).raise_for_status()


def broken_run(url: str, key: str, folder: Path, mode: str, steps: Steps) -> int:
    """Make a run in a child that breaks off; returns the number of its steps, or -1 if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        watch(steps)
        with contextlib.suppress(bulk.BulkError):
            run(url, key, folder, mode, timeout=BROKEN_RUN if steps.leave_the_run_alive else LONGEST_RUN)
        os.write(writer, str(steps.count).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        count = pipe.read()
    os.waitpid(child, 0)
    return int(count) if count else -1


def wrongs(
    url: str,
    folder: Path,
    mode: str,
    summary: bulk.Summary,
    what: str,
    *,
    journal: str | None = None,
    count: int = JOBS,
) -> list[str]:
    """What is not as it must be after the last run."""
    admin = f"{url}/_mock"
    tasks = httpx.get(f"{admin}/tasks", timeout=60).json()
    details = [httpx.get(f"{admin}/tasks/{task['id']}", timeout=60).json() for task in tasks]
    charged = Counter(each["request"]["prompt"] for each in details)
    posts = [each for each in httpx.get(f"{admin}/requests", timeout=60).json() if each["method"] == "POST"]
    submitted = Counter(each["json"]["prompt"] for each in posts if "prompt" in (each["json"] or {}))
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    unknown = [line["id"] for line in lines if line["status"] == "unknown"]
    listed = [each.id for each in bulk.resolve(folder, journal=journal)]
    files = {file["path"]: file for line in lines for file in line["files"]}
    on_disk = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and ".bulk" not in path.parts and path.name != "results.jsonl"
    }
    checks = {
        "each job has one line": [line["id"] for line in lines] == [f"job-{n + 1}" for n in range(count)],
        "each job is done or unknown": summary.done + summary.unknown == count,
        "no job is charged twice": not charged or max(charged.values()) == 1,
        "unknown jobs are listed": unknown == listed and len(unknown) == summary.unknown,
        "each result is there once": on_disk == set(files) and len(files) == summary.done,
        "each result is whole": all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == file["sha256"]
            for name, file in files.items()
        ),
        "nothing unfinished is left": not any((folder / ".bulk").rglob("*.part")),
    }
    if mode == "trust":
        checks["all jobs are done"] = summary.done == len(charged) == count
    else:
        checks["each job is posted once"] = not submitted or what == "network" or max(submitted.values()) == 1
    return [name for name, is_so in checks.items() if not is_so]


def trial(url: str, key: str, folder: Path, what: str, mode: str, point: int) -> dict[str, Any]:
    prepare(url, JOBS)
    steps = broken_run(url, key, folder, mode, Steps(what, point))
    if what == "expire":
        httpx.post(f"{url}/_mock/clock", json={"advance": LINKS_LIVE}, timeout=60).raise_for_status()
    summary = run(url, key, folder, mode)
    return {
        "point": point,
        "steps": steps,
        "unknown": summary.unknown,
        "wrong": wrongs(url, folder, mode, summary, what),
        "stopped": summary.stopped,
    }


def main() -> None:
    url, key, parent, what, mode, *points = sys.argv[1:]
    for point in points:
        folder = Path(parent) / f"{what}-{mode}-{point}"
        found = trial(url, key, folder, what, mode, int(point))
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
