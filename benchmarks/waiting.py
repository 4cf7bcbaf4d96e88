"""Requests for each of a thousand tasks that one call waits for, and how soon their ends are noticed.

The tasks take 30 to 900 s, with estimates wrong by a factor of 0.3 to 3. The API is simulated in the same
process and the clock is virtual.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
from typing import TYPE_CHECKING, Any

import httpx
from _table import Row

from evolink import AsyncEvoLink

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 1000
WHAT = f"waiting for {COUNT:,} tasks: requests per task"


def measure() -> list[Row]:
    """Requests per task where the API answers for many tasks at once, half of the time, or never."""
    cases: tuple[tuple[str, str, Callable[[_FakeAPI], bool]], ...] = (
        ("batch query", "<= 1", lambda _: False),
        ("batch query, 404 once half of the tasks are done", "<= 1", lambda api: api.done >= COUNT / 2),
        ("batch query, 404 after half of its requests", "<= 1", lambda api: api.batches >= COUNT / 10),
        ("no batch query", "", lambda _: True),
    )
    rows = []
    for name, target, is_refused in cases:
        api = _FakeAPI(is_refused)
        asyncio.run(_wait(api))
        figure = (api.batches + api.queries) / COUNT
        note = (
            f"{api.batches} batch queries, {api.queries} single ones; the end is noticed"
            f" {api.delay / COUNT:.1f} s late on average"
        )
        rows.append(Row(WHAT, f"evolink, {name}", "requests", [figure], target=target, note=note))
    return rows


class _FakeAPI:
    """A simulated API and its clock: sleeping takes no time."""

    def __init__(self, is_refused: Callable[[_FakeAPI], bool]) -> None:
        draw = random.Random(1)  # noqa: S311 - a simulation, not a secret
        self.time = 1_800_000_000.0
        self.began = self.time
        self.durations = {
            f"task-{number}": math.exp(draw.uniform(math.log(30), math.log(900))) for number in range(COUNT)
        }
        self.estimates = {
            name: duration * math.exp(draw.uniform(math.log(0.3), math.log(3)))
            for name, duration in self.durations.items()
        }
        self.batches = self.queries = self.done = 0
        # Over all tasks, in seconds.
        self.delay = 0.0
        self._is_refused = is_refused

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.queries += 1
            return httpx.Response(200, json=self.state(request.url.path.rpartition("/")[2]))
        self.batches += 1
        if self._is_refused(self):
            return httpx.Response(404)
        names = json.loads(request.content)["task_ids"]
        return httpx.Response(200, json={"data": [self.state(name) for name in names]})

    def state(self, name: str) -> dict[str, Any]:
        age = self.time - self.began
        duration = self.durations[name]
        known = {
            "id": name,
            "created": self.began,
            "task_info": {"estimated_time": self.estimates[name]},
        }
        if age < duration:
            return {**known, "status": "processing", "progress": int(100 * age / duration)}
        return {**known, "status": "completed", "results": ["https://files.example.com/video.mp4"]}


async def _wait(api: _FakeAPI) -> None:
    transport = httpx.MockTransport(api.answer)
    async with AsyncEvoLink(
        "k" * 20, http_client=httpx.AsyncClient(transport=transport), clock=api
    ) as client:
        tasks = [client.callbacks.parse(api.state(name)) for name in api.durations]
        async for task in client.tasks.as_completed(tasks):
            api.done += 1
            api.delay += api.time - api.began - api.durations[task.id]


if __name__ == "__main__":
    for row in measure():
        print(" | ".join([*row.cells(), row.note]))
