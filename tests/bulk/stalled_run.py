"""A process of a shared run that stands still at its first submission, until somebody lets it go on.

    python stalled_run.py URL KEY FOLDER ADDRESS MODE WHERE

WHERE is `checking`, before the last look at the lease, or `writing`, between that and the socket.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from bulk import crashes
from httpcore._backends import sync as sockets

from evolink.bulk import postgres

LEASE = 1.5
JOBS = 4


def stall_once(owner: Any, name: str, nth: int) -> None:
    """Stop this process when a method is called for the nth time, before it does anything."""
    original = getattr(owner, name)
    lock = threading.Lock()
    calls = 0

    def stalling(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        with lock:
            calls += 1
            is_now = calls == nth
        if is_now:
            os.kill(os.getpid(), signal.SIGSTOP)
        return original(*arguments, **options)

    setattr(owner, name, stalling)


def main() -> None:
    url, key, folder, address, mode, where = sys.argv[1:]
    postgres.LEASE = LEASE
    if where == "writing":
        stall_once(sockets.SyncStream, "write", 1)
    else:
        # Of each of the two jobs that are claimed together: at the beginning, and when it is connected.
        stall_once(postgres.PostgresJournal, "holds", 3)
    crashes.run(url, key, Path(folder), mode, journal=address, count=JOBS)


if __name__ == "__main__":
    main()
