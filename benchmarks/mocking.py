"""What the mock costs: in the process, over a bare respx route; and as a server, until its first reply."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import respx
from _peers import ENVIRONMENT
from _table import Row

from evolink import _contract
from evolink_mock import EvoLinkMock

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
_CALLS = 200
STARTS = 7


def measure() -> list[Row]:
    """Microseconds over a bare route, for a query and for a validated create; seconds to the first reply."""
    kinds = ("query", "create")
    bare: dict[str, list[float]] = {kind: [] for kind in kinds}
    ours: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(ROUNDS + 1):
        for kind in kinds:
            # Who begins changes: the machine may get busier or idler within a round.
            for figures, way in [(bare, _bare), (ours, _ours)][:: -1 if turn % 2 else 1]:
                took = way(kind)
                if turn:  # the first one warms everything up
                    figures[kind].append(took)
    rows = []
    for kind, target in zip(kinds, ("<= 50", "<= 80"), strict=True):
        what = f"mock in-process: {kind}"
        added = [one - other for one, other in zip(ours[kind], bare[kind], strict=True)]
        rows += [
            Row(what, "bare respx route", "µs", bare[kind]),
            Row(what, "evolink_mock", "µs", ours[kind]),
            Row(what, "added", "µs", added, target=target),
        ]
    starts = [_start() for _ in range(STARTS + 1)][1:]  # the first one compiles
    return [*rows, Row("mock server: start to first reply", "evolink-mock", "s", starts, target="<= 0.4")]


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
        began = time.perf_counter()
        call()
        figures.append(time.perf_counter() - began)
    return statistics.median(figures) * 1e6


def _start() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "evolink_mock", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            with httpx.Client(verify=False) as client:  # noqa: S501  # no TLS here, and loading certificates takes long
                client.get(f"{line.split()[-1]}/v1/tasks/x")
            return time.perf_counter() - began
        finally:
            server.kill()
