"""A process for each trial: it calls a method of the SDK and is interrupted by SIGINT at a random moment.

    python sigint_trials.py URL KEY BODY FOLDER SEED COUNT

The processes are forks, since importing would take most of the time. Each writes FOLDER/NUMBER.json: what it
called with which keys, which tasks it waited for, whether the call returned, and all that a person would see.
"""

import asyncio
import json
import os
import random
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import trio

from evolink import AsyncEvoLink, EvoLink
from evolink._contract import index

KINDS = ("sync", "asyncio", "trio")
# Each method, with the seconds within which it is interrupted: about as long as it takes.
METHODS = {"create": 0.05, "call": 0.05, "generate": 0.7, "wait": 0.6, "updates": 0.6, "wait_all": 0.6}
AT_ONCE = 4


class Trial:
    """One call, and what it has returned."""

    def __init__(self, url: str, key: str, body: dict[str, Any], seed: str) -> None:
        self._random = random.Random(seed)
        self.kind = self._random.choice(KINDS)
        self.method = self._random.choice(list(METHODS))
        self.key = f"trial-{seed}-{self._random.getrandbits(64):016x}"
        self.waited: list[str] = []
        self.has_begun = False
        self.has_returned = False
        self._body = body
        self._settings: dict[str, Any] = {"api_key": key, "base_url": url}

    def interrupt_soon(self) -> None:
        delay = self._random.uniform(0, METHODS[self.method])
        timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
        timer.daemon = True
        timer.start()
        self.has_begun = True

    def run(self) -> None:
        if self.kind == "sync":
            self._run()
        elif self.kind == "trio":
            trio.run(self._arun)
        else:
            asyncio.run(self._arun())

    def _run(self) -> None:
        client = EvoLink(**self._settings)
        waited = [client.videos.create(**self._body) for _ in range(self._count)]
        self.waited = [task.id for task in waited]
        self.interrupt_soon()
        result = self._start(client, waited)
        if self.method == "updates":
            for _ in result:
                pass
        self.has_returned = True

    async def _arun(self) -> None:
        client = AsyncEvoLink(**self._settings)
        waited = [await client.videos.create(**self._body) for _ in range(self._count)]
        self.waited = [task.id for task in waited]
        self.interrupt_soon()
        result = self._start(client, waited)
        if self.method == "updates":
            async for _ in result:
                pass
        else:
            await result
        self.has_returned = True

    @property
    def _count(self) -> int:
        return {"wait": 1, "updates": 1, "wait_all": 3}.get(self.method, 0)

    def _start(self, client: Any, waited: list[Any]) -> Any:
        if self.method in {"create", "generate"}:
            interval = {"poll_interval": 0.1} if self.method == "generate" else {}
            return getattr(client.videos, self.method)(**self._body, **interval, idempotency_key=self.key)
        if self.method == "call":
            operation = index.contract().resources["videos"][0]
            return client.call(operation.id, body=self._body, idempotency_key=self.key)
        if self.method == "wait_all":
            return client.tasks.wait_all(waited, poll_interval=0.1)
        return getattr(waited[0], self.method)(poll_interval=0.1)


def child(trial: Trial, path: Path) -> None:
    seen = path.with_suffix(".txt")
    os.dup2(os.open(seen, os.O_CREAT | os.O_WRONLY), sys.stderr.fileno())
    try:
        try:
            trial.run()
        finally:  # the call may have returned before its interrupt
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except BaseException:  # noqa: BLE001 - as the interpreter shows it
        traceback.print_exc()
    sys.stderr.flush()
    facts = vars(trial) | {"seen": seen.read_text()}
    path.write_text(json.dumps({name: value for name, value in facts.items() if not name.startswith("_")}))


def main(url: str, key: str, example: str, folder: str, seed: str, count: str) -> None:
    """Run the trials, a few at once."""
    body: dict[str, Any] = json.loads(example)
    with EvoLink(key, url) as client:  # what is loaded with the first use is loaded before the forks
        client.tasks.get(client.videos.create(**body).id)
    trio.run(trio.sleep, 0)
    running: set[int] = set()
    for number in range(int(count)):
        if len(running) == AT_ONCE:
            running.discard(os.wait()[0])
        process = os.fork()
        if not process:
            child(Trial(url, key, body, f"{seed}-{number}"), Path(folder, f"{number}.json"))
            os._exit(0)
        running.add(process)
    while running:
        running.discard(os.wait()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
