"""The cost of the in-process mock over a plain respx route.

The figure of a round is the processor time of its fastest call, which excludes other processes and pauses of
the garbage collector; "added" is the mock's figure minus that of the plain route in the same round.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import respx
from _contract import create
from _table import Row

from evolink_mock import EvoLinkMock

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
_TURNS = 4  # of each, in a round
_CALLS = 100  # in a turn


def measure() -> list[Row]:
    """Microseconds over a plain route, for a query and for a validated create."""
    rows = []
    for kind, target in (("query", "<= 50"), ("create", "<= 80")):
        plain: list[float] = []
        mock: list[float] = []
        for _ in range(ROUNDS):
            turns = [(_plain(kind), _mock(kind)) for _ in range(_TURNS)]
            for figures, turn_figures in zip((plain, mock), zip(*turns, strict=True), strict=True):
                figures.append(min(turn_figures))
        added = [one - other for one, other in zip(mock, plain, strict=True)]
        what = f"mock in-process: {kind}"
        rows += [
            Row(what, "plain respx route", "µs", plain),
            Row(what, "evolink_mock", "µs", mock),
            Row(what, "added", "µs", added, target=target),
        ]
    return rows


def _plain(kind: str) -> float:
    url, query, body = create()
    state = {"id": "task-unified-1", "status": "completed", "progress": 100}
    with respx.mock(assert_all_called=False) as router, httpx.Client() as client:
        router.post(url).respond(json=state)
        router.get(query.format("task-unified-1")).respond(json=state)
        headers = {"Authorization": "Bearer " + "k" * 20}
        if kind == "create":
            return _timed(lambda: client.post(url, headers=headers, json=body))
        return _timed(lambda: client.get(query.format("task-unified-1"), headers=headers))


def _mock(kind: str) -> float:
    url, query, body = create()
    with EvoLinkMock(progress="immediate", credits=10_000_000) as mock, httpx.Client() as client:
        headers = {"Authorization": f"Bearer {mock.api_key}"}
        if kind == "create":
            return _timed(lambda: client.post(url, headers=headers, json=body))
        task_id = client.post(url, headers=headers, json=body).json()["id"]
        return _timed(lambda: client.get(query.format(task_id), headers=headers))


def _timed(call: Callable[[], httpx.Response]) -> float:
    call().raise_for_status()
    figures = []
    for _ in range(_CALLS):
        began = time.thread_time_ns()
        call()
        figures.append(time.thread_time_ns() - began)
    return min(figures) / 1e3
