"""Four processes that share one run by PostgreSQL; two of them are killed at random moments, again and again.

    python shared_runs.py URL KEY FOLDER ADDRESS MODE SEED

The output is a line of JSON: how many processes were killed, and what is wrong in the end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import httpx
from bulk import crashes

from evolink.bulk import BulkError, postgres

PROCESSES, KILLED = 4, 2
JOBS = 40
ROUNDS = 8
# Seconds; short, so that the tests do not wait for it.
LEASE = 1.5
LONGEST = 120.0


def start(url: str, key: str, folder: Path, address: str, mode: str) -> int:
    """One process of the run; it ends with 0 if all jobs have ended."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        summary = crashes.run(url, key, folder, mode, journal=address, count=JOBS)
        code = 1 if summary.pending else 0
    except BulkError as error:  # its leases were lost while the machine was busy: it is started again
        sys.stderr.write(f"{error}\n")
    finally:
        os._exit(code)


def main() -> None:
    url, key, parent, address, mode, seed = sys.argv[1:]
    folder = Path(parent) / f"shared-{mode}-{seed}"
    draw = random.Random(seed)
    postgres.LEASE = LEASE
    crashes.prepare(url, JOBS)
    arguments = (url, key, folder, address, mode)
    running = {start(*arguments) for _ in range(PROCESSES)}
    killed = 0
    deadline = time.monotonic() + LONGEST
    for _ in range(ROUNDS):
        time.sleep(draw.uniform(0.05, 0.8))
        for child in draw.sample(sorted(running), KILLED):
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            killed += os.WIFSIGNALED(status)
            running.remove(child)
            running.add(start(*arguments))
    while running and time.monotonic() < deadline:
        child, status = os.waitpid(-1, 0)
        running.remove(child)
        if os.waitstatus_to_exitcode(status) != 0:
            running.add(start(*arguments))
    for child in running:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    summary = crashes.run(url, key, folder, mode, journal=address, count=JOBS)
    found = {
        "killed": killed,
        "unknown": summary.unknown,
        "wrong": crashes.wrongs(url, folder, mode, summary, "kill", journal=address, count=JOBS),
        "charged": httpx.get(f"{url}/_mock/ledger").json()["charged"],
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
