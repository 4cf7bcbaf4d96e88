"""Ten thousand tasks in flight in one process: how many are lost, how much memory, how much time it takes.

The API is simulated in the same process and the clock is virtual: the time is what the client itself costs.

python flight.py COUNT
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import subprocess
import sys
import time

import httpx
from _table import Row

COUNT = 10_000
ROUNDS = 1  # it is a hundred thousand polls as it is


def measure() -> list[Row]:
    """Seconds, memory and polls for all tasks, created and waited for."""
    runs = []
    for _ in range(ROUNDS):
        command = [sys.executable, __file__, str(COUNT)]
        runs.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    what = f"{COUNT:,} tasks in flight"

    def row(name: str, unit: str, target: str = "") -> Row:
        return Row(f"{what}: {name}", "evolink", unit, [run[name] for run in runs], target=target)

    return [
        row("lost", "tasks", "<= 0"),
        row("peak memory", "MB", "<= 400"),
        row("polls of each", "polls"),
        row("own time of each", "ms"),
    ]


class _World:
    """An API and a clock: tasks take from 30 to 900 s, and sleeping takes none."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.polls = 0
        self._ends: dict[str, tuple[float, float]] = {}
        self._draw = random.Random(1)  # noqa: S311  # a simulation, not a secret

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            task_id = f"task-unified-{len(self._ends)}"
            length = self._draw.uniform(30, 900)
            self._ends[task_id] = (self.time, self.time + length)
            info = {"estimated_time": length * self._draw.uniform(0.3, 3)}
            return httpx.Response(200, json={"id": task_id, "status": "pending", "task_info": info})
        self.polls += 1
        task_id = request.url.path.rpartition("/")[2]
        began, end = self._ends[task_id]
        if self.time >= end:
            return httpx.Response(200, json={"id": task_id, "status": "completed", "progress": 100})
        progress = int(100 * (self.time - began) / (end - began))
        return httpx.Response(200, json={"id": task_id, "status": "processing", "progress": progress})


async def _main(count: int) -> dict[str, float]:
    from evolink import AsyncEvoLink  # noqa: PLC0415  # the parent process has no use for it

    world = _World()
    began = time.perf_counter()
    http = httpx.AsyncClient(transport=httpx.MockTransport(world.answer))
    async with http, AsyncEvoLink("k" * 20, http_client=http, clock=world, validate=False) as client:
        resource_ = client.videos
        tasks = [await resource_.create(model="sora-2", prompt="A cat") for _ in range(count)]
        done = {task.id async for task in client.tasks.as_completed(tasks, timeout=10_000)}
    return {
        "lost": count - len(done),
        "peak memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "polls of each": world.polls / count,
        "own time of each": (time.perf_counter() - began) / count * 1000,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(int(sys.argv[1])))))
