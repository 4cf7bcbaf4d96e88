"""Four processes that share one run by PostgreSQL; something is broken at random moments, again and again.

    python shared_runs.py URL KEY FOLDER ADDRESS BREAK MODE SEED

BREAK is `processes` (two of them are killed, and started again), `connections` (of the journal) or `server`
(it crashes, and is started again). The output is a line of JSON: how often something was broken, how many
processes gave up by themselves, and what is wrong in the end.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import httpx
from bulk import crashes
from bulk import postgres as server

from evolink.bulk import BulkError, leases, postgres

PROCESSES, KILLED = 4, 2
JOBS = 40
# Of a task, on the clock of the mock: so long that the run lasts until all has been broken.
SECONDS = 600
ROUNDS = {"processes": 8, "connections": 20, "server": 3}
# Seconds: short where processes die, so that the tests do not wait for it. Nobody who is alive is to lose a
# lease on a busy machine.
SHORT_LEASE, LONG_LEASE = 1.5, 60.0
LONGEST = 120.0


class Processes:
    """The processes of a run."""

    def __init__(self, url: str, key: str, folder: Path, address: str, mode: str) -> None:
        self.running: set[int] = set()
        self.has_given_up = 0
        self._arguments = (url, key, folder, mode)
        self._address = address

    def start(self) -> None:
        """Start one; it ends with 0 if all jobs have ended."""
        child = os.fork()
        if child:
            self.running.add(child)
            return
        code = 1
        try:
            summary = crashes.run(*self._arguments, journal=self._address, count=JOBS)
            code = 1 if summary.pending else 0
            if code:
                sys.stderr.write(f"{summary.pending} jobs are pending: {summary.stopped}\n")
        except BulkError as error:
            sys.stderr.write(f"{error}\n")
        except Exception:  # noqa: BLE001 - the process ends here
            traceback.print_exc()
        finally:
            os._exit(code)

    def kill(self, child: int) -> bool:
        """Kill one; returns whether it was alive."""
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        self.running.remove(child)
        return os.WIFSIGNALED(status)

    def wait(self) -> None:
        """Wait until one has ended; start another one if it has not seen the end of the run."""
        child, status = os.waitpid(-1, 0)
        self.running.remove(child)
        if os.waitstatus_to_exitcode(status) != 0:
            self.has_given_up += 1
            self.start()


def main() -> None:
    url, key, parent, address, what, mode, seed = sys.argv[1:]
    folder = Path(parent) / f"shared-{what}-{mode}-{seed}"
    draw = random.Random(seed)
    postgres.LEASE = SHORT_LEASE if what == "processes" else LONG_LEASE
    leases._RENEWAL = 0.3 / postgres.LEASE
    crashes.prepare(url, JOBS, SECONDS)
    processes = Processes(url, key, folder, address, mode)
    for _ in range(PROCESSES):
        processes.start()
    if what != "processes":
        server.wait_for(address, 2 * PROCESSES)  # each has one for its leases, too
    broken = 0
    for _ in range(ROUNDS[what]):
        time.sleep(draw.uniform(0.05, 0.8) * 8 / ROUNDS[what])
        if what == "connections":
            broken += server.disconnect(address, 0.6)
        elif what == "server":
            server.restart(address)
            broken += 1
        else:
            for child in draw.sample(sorted(processes.running), KILLED):
                broken += processes.kill(child)
                processes.start()
    deadline = time.monotonic() + LONGEST
    while processes.running and time.monotonic() < deadline:
        processes.wait()
    for child in sorted(processes.running):
        processes.kill(child)
    summary = crashes.run(url, key, folder, mode, journal=address, count=JOBS)
    found = {
        "broken": broken,
        "has_given_up": processes.has_given_up,
        "unknown": summary.unknown,
        "wrong": crashes.wrongs(url, folder, mode, summary, "kill", journal=address, count=JOBS),
        "charged": httpx.get(f"{url}/_mock/ledger", timeout=60).json()["charged"],
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
