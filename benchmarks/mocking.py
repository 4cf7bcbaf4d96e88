"""What the mock costs in the process, over a bare respx route.

The figure of a round is the processor time of its quickest call, so that neither another process nor a
pause of the garbage collector counts; what is added is ours less that of the bare route in the same round.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import respx
from _table import Row

from evolink._contract import index as _contract
from evolink_mock import EvoLinkMock

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
_TURNS = 4  # of each, in a round
_CALLS = 100  # in a turn


def measure() -> list[Row]:
    """Microseconds over a bare route, for a query and for a validated create."""
    rows = []
    for kind, target in (("query", "<= 50"), ("create", "<= 80")):
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(ROUNDS):
            turns = [(_bare(kind), _ours(kind)) for _ in range(_TURNS)]
            for figures, taken in zip((bare, ours), zip(*turns, strict=True), strict=True):
                figures.append(min(taken))
        added = [one - other for one, other in zip(ours, bare, strict=True)]
        what = f"mock in-process: {kind}"
        rows += [
            Row(what, "bare respx route", "µs", bare),
            Row(what, "evolink_mock", "µs", ours),
            Row(what, "added", "µs", added, target=target),
        ]
    return rows


def _bare(kind: str) -> float:
    job, query, body = _contracted()
    state = {"id": "task-unified-1", "status": "completed", "progress": 100}
    with respx.mock(assert_all_called=False) as router, httpx.Client() as client:
        router.post(job).respond(json=state)
        router.get(query.format("task-unified-1")).respond(json=state)
        headers = {"Authorization": "Bearer " + "k" * 20}
        if kind == "create":
            return _timed(lambda: client.post(job, headers=headers, json=body))
        return _timed(lambda: client.get(query.format("task-unified-1"), headers=headers))


def _ours(kind: str) -> float:
    job, query, body = _contracted()
    with EvoLinkMock(progress="immediate", credits=10_000_000) as mock, httpx.Client() as client:
        headers = {"Authorization": f"Bearer {mock.api_key}"}
        if kind == "create":
            return _timed(lambda: client.post(job, headers=headers, json=body))
        task_id = client.post(job, headers=headers, json=body).json()["id"]
        return _timed(lambda: client.get(query.format(task_id), headers=headers))


def _contracted() -> tuple[str, str, object]:
    """Where a job is created and queried, and a good body."""
    contract = _contract.contract()
    job = next(operation for operation in contract.operations.values() if operation.is_job)
    query = contract.task_query
    body = contract.slice(next(iter((job.models or {}).values())))["examples"][0]
    path = query.path.replace("{" + query.path_parameters[0] + "}", "{}")
    return job.server + job.path, query.server + path, body


def _timed(call: Callable[[], httpx.Response]) -> float:
    call().raise_for_status()
    figures = []
    for _ in range(_CALLS):
        began = time.thread_time_ns()
        call()
        figures.append(time.thread_time_ns() - began)
    return min(figures) / 1e3
