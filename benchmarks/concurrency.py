"""Ten thousand concurrent tasks in one process: lost tasks, memory, requests and time.

The API is simulated in the same process and the clock is virtual, so the time is that of the client alone.

python concurrency.py COUNT
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import subprocess
import sys
import time
from typing import Any

import httpx
from _table import Row

COUNT = 10_000


def measure() -> list[Row]:
    """Time, memory and requests of creating all tasks and waiting for them."""
    command = [sys.executable, __file__, str(COUNT)]
    figures = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    what = f"{COUNT:,} concurrent tasks"

    def row(name: str, unit: str, target: str = "") -> Row:
        return Row(f"{what}: {name}", "evolink", unit, [figures[name]], target=target)

    return [
        row("lost", "tasks", "<= 0"),
        row("peak memory", "MB", "<= 400"),
        row("requests per task", "requests"),
        row("client time per task", "ms"),
    ]


class _FakeAPI:
    """A simulated API and its clock: tasks take 30 to 900 s, sleeping takes no time."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.requests = 0
        self._ends: dict[str, tuple[float, float]] = {}
        self._random = random.Random(1)  # noqa: S311 - a simulation, not a secret

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/batch"):
            self.requests += 1
            names = json.loads(request.content)["task_ids"]
            return httpx.Response(200, json={"data": [self._state(name) for name in names]})
        if request.method == "POST":
            task_id = f"task-unified-{len(self._ends)}"
            length = self._random.uniform(30, 900)
            self._ends[task_id] = (self.time, self.time + length)
            info = {"estimated_time": length * self._random.uniform(0.3, 3)}
            return httpx.Response(200, json={"id": task_id, "status": "pending", "task_info": info})
        self.requests += 1
        return httpx.Response(200, json=self._state(request.url.path.rpartition("/")[2]))

    def _state(self, task_id: str) -> dict[str, Any]:
        began, end = self._ends[task_id]
        if self.time >= end:
            return {"id": task_id, "status": "completed", "results": ["https://files.example.com/1.mp4"]}
        progress = int(100 * (self.time - began) / (end - began))
        return {"id": task_id, "status": "processing", "progress": progress}


async def _main(count: int) -> dict[str, float]:
    from evolink import AsyncEvoLink  # noqa: PLC0415 - the parent process does not need it

    api = _FakeAPI()
    began = time.perf_counter()
    http = httpx.AsyncClient(transport=httpx.MockTransport(api.answer))
    async with http, AsyncEvoLink("k" * 20, http_client=http, clock=api, validate=False) as client:
        tasks = [await client.videos.create(model="sora-2", prompt="A cat") for _ in range(count)]
        done = {task.id async for task in client.tasks.as_completed(tasks, timeout=10_000)}
    return {
        "lost": count - len(done),
        "peak memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "requests per task": api.requests / count,
        "client time per task": (time.perf_counter() - began) / count * 1000,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(int(sys.argv[1])))))
