"""A bulk run of 10,000 jobs in one process: memory, durable commits, the time of the journal, requests.

The mock answers from another process. Its tasks take 15 s on the client's clock, which runs 20 times as fast.

    python bulk_runs.py [JOBS]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from _table import Row

from evolink import Event, EvoLink, RequestAttempt
from evolink.bulk import sqlite
from evolink.bulk.access import JournalAccess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JOBS = 10_000
AT_ONCE = 64
KEY = "sk-bench-0123456789abcdef"
SPEED = 20.0
_MOCK = (sys.executable, "-m", "evolink_mock", "serve", "--port", "0", "--quiet", "--credits", "1e12")
_OUTCOME = {"outcome": "completed", "seconds": 15}
# The mock keeps so many tasks, and so many outcomes may wait.
_MOST = 1_000_000


class _Clock:
    """Time that runs fast."""

    def __init__(self) -> None:
        self._start = time.time()

    def now(self) -> float:
        return self._start + (time.time() - self._start) * SPEED

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds) / SPEED)


def measure(jobs: int = JOBS) -> list[Row]:
    """Run in a process of its own, whose memory is that of the run."""
    done = subprocess.run([sys.executable, __file__, str(jobs)], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    what = f"bulk run of {jobs:,} jobs at -j {AT_ONCE}"
    who = "evolink, SQLite"
    return [
        Row(f"{what}: jobs lost", who, "jobs", [found["lost"]], target="<= 0"),
        Row(f"{what}: memory at most", who, "MB", [found["memory"]], target="<= 300"),
        Row(f"{what}: durable commits for an intent", who, "", [found["commits"]], target="<= 0.0625"),
        Row(
            f"{what}: the journal's share of the time",
            who,
            "",
            [found["journal"]],
            target="<= 0.15",
            note=f"of {found['seconds']:.0f} s, {found['rate']:.0f} jobs a second, downloads included",
        ),
        Row(
            f"{what}: requests for a task beside submission and download",
            who,
            "requests",
            [found["requests"]],
            target="<= 1",
        ),
    ]


def _run(jobs: int) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [*_MOCK, "--speed", str(SPEED), "--api-key", KEY], stdout=subprocess.PIPE, text=True
        ) as mock,
    ):
        try:
            assert mock.stdout is not None  # noqa: S101 - for the type checker
            url = mock.stdout.readline().split()[-1]
            outcome = {**_OUTCOME, "times": _MOST}
            httpx.post(f"{url}/_mock/outcomes", json=outcome).raise_for_status()
            return _measured(url, Path(folder), jobs)
        finally:
            mock.kill()


def _measured(url: str, folder: Path, jobs: int) -> dict[str, Any]:
    requests = 0
    journal_seconds = 0.0
    journals: list[sqlite.SQLiteJournal] = []
    call, made = JournalAccess.call_once, sqlite.SQLiteJournal.__init__

    def count(event: Event) -> None:
        nonlocal requests
        requests += isinstance(event, RequestAttempt)

    async def timed(self: JournalAccess, operation: Callable[[], Any]) -> Any:
        nonlocal journal_seconds
        began = time.perf_counter()
        try:
            return await call(self, operation)
        finally:
            journal_seconds += time.perf_counter() - began

    def kept(self: sqlite.SQLiteJournal, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        journals.append(self)

    changed: Any = JournalAccess
    changed.call_once = timed
    changed = sqlite.SQLiteJournal
    changed.__init__ = kept
    with EvoLink(api_key=KEY, base_url=url, clock=_Clock(), on_event=count) as client:
        began = time.perf_counter()
        summary = client.bulk.run(_bodies(client, jobs), folder, concurrency=AT_ONCE)
        seconds = time.perf_counter() - began
    return {
        "lost": jobs - summary.done,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        # But for the one that queues all jobs together.
        "commits": (journals[0].durable_commits - 1) / jobs,
        "journal": journal_seconds / seconds,
        "requests": (requests - jobs) / jobs,
        "seconds": seconds,
        "rate": jobs / seconds,
    }


def _bodies(client: EvoLink, count: int) -> Iterator[dict[str, Any]]:
    example = next(info.examples[0] for info in client.models.values() if "prompt" in info.examples[0])
    return ({**example, "prompt": f"number {number}"} for number in range(count))


def main() -> None:
    """Print the figures of one run as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("jobs", type=int, nargs="?", default=JOBS)
    print(json.dumps(_run(parser.parse_args().jobs)))


if __name__ == "__main__":
    main()
