"""What happens in the mock, as server-sent events for the page."""

from __future__ import annotations

import asyncio
import re
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from .._http.json_codec import dumps
from .._http.messages import Response

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from .._engine.request_log import RecordedRequest
    from .._engine.state import MockState
    from .._tasks.task import MockTask

MAX_STREAMS = 8
"""Streams that are open at the same time."""
MAX_TASKS = 1000
"""Tasks that the page follows: the newest."""

_INTERVAL = 0.2  # seconds between two events, at least
_PAUSE = 100  # how many times as long as an event took to make nothing is done, over all streams
_HEARTBEAT = 15.0  # seconds without an event after which a comment shows whether the client is still there
_MAX_ROWS = 50  # of each list in one event
_MAX_NEW_TASKS = 100  # in one event; older ones come with the next
_MAX_TEXT = 200
_LINK = re.compile(r"[a-zA-Z][\w+.-]*:\S*")

# What one event says; the page merges it into what it knows.
Event = dict[str, Any]


class EventStreams:
    """The open event streams of a mock.

    Nothing is done for them when a request is handled: each looks a few times a second at what has changed,
    and the less often, the longer that takes.

    Args:
        state: What they report.
    """

    def __init__(self, state: MockState) -> None:
        self._state = state
        self._open = 0

    def open(self) -> Response:
        """Begin a stream; refused if too many are open."""
        if self._open >= MAX_STREAMS:
            message = f"no more than {MAX_STREAMS} event streams can be open at the same time"
            return Response.json(503, {"error": {"code": "too_many_streams", "message": message}})
        headers = {"content-type": "text/event-stream", "cache-control": "no-store"}
        return Response(200, headers, stream=self._stream())

    async def _stream(self) -> AsyncGenerator[bytes]:
        changes = Changes(self._state)
        silence = 0.0
        self._open += 1
        try:
            while True:
                began = time.perf_counter()
                data = _encode(changes.take())
                took = time.perf_counter() - began
                if data:
                    silence = 0.0
                    yield data
                elif silence >= _HEARTBEAT:
                    silence = 0.0
                    yield b":\n\n"
                pause = max(_INTERVAL, took * _PAUSE * self._open)
                silence += pause
                await asyncio.sleep(pause)
        finally:
            self._open -= 1


class Changes:
    """What has changed in a mock since the last look.

    Args:
        state: The state of the mock.
    """

    def __init__(self, state: MockState) -> None:
        self._state = state
        self._account: object = None
        self._forget()

    def _forget(self) -> None:
        self._tasks: dict[str, tuple[str, int]] = {}
        self._tasks_created = 0
        self._requests = 0
        self._entry: object = None
        self._attempt: object = None
        self._said: dict[str, Any] = {}

    def take(self) -> Event:
        """What is new; empty if nothing is, or if the mock is busy."""
        state = self._state
        if not state.lock.acquire(blocking=False):
            return {}
        try:
            state.account.finalize_ended()
            event: Event = {}
            if state.account is not self._account:
                self._account = state.account
                self._forget()
                event["reset"] = True
            self._take_lists(event)
            self._take_values(event)
            if event:
                clock = state.clock
                event["clock"] = {"now": clock.now(), "virtual": clock.virtual, "speed": clock.speed}
            return event
        finally:
            state.lock.release()

    def _take_lists(self, event: Event) -> None:
        state = self._state
        new = state.request_count - self._requests
        if new:
            self._requests = state.request_count
            newest = islice(reversed(state.requests), min(new, _MAX_ROWS))
            event["requests"] = [_request_row(recorded) for recorded in newest]
        tasks = self._changed_tasks()
        if tasks:
            event["tasks"] = tasks
        entries = _newer(state.account.ledger.latest(), self._entry)
        if entries:
            self._entry = entries[0]
            event["entries"] = [entry.to_dict() for entry in entries]
        attempts = _newer(state.account.webhooks.latest(), self._attempt)
        if attempts:
            self._attempt = attempts[0]
            event["callbacks"] = [attempt.to_dict() for attempt in attempts]

    def _changed_tasks(self) -> list[dict[str, Any]]:
        store = self._state.account.tasks
        now, known, rows, kept = self._state.clock.now(), self._tasks, [], {}
        # Where none of those that are known is left, the rest can wait for a quieter moment.
        is_flooded = store.created - self._tasks_created >= MAX_TASKS
        self._tasks_created = store.created
        new = 0
        for age, task in enumerate(store.latest(_MAX_NEW_TASKS if is_flooded else MAX_TASKS)):
            shown = known.get(task.id)
            if shown is None:
                new += 1
                if new > _MAX_NEW_TASKS:
                    continue
            elif task.ended is not None and shown[0] == task.outcome.end:
                kept[task.id] = shown
                continue
            state = task.state(now, store.progress)
            kept[task.id] = current = state.status, state.progress
            if current != shown:
                row = {
                    "id": task.id,
                    "status": state.status,
                    "progress": state.progress,
                    "ended": state.is_ended,
                }
                rows.append(row if shown is not None else row | _task_row(task, store.created - age))
        self._tasks = kept
        return rows

    def _take_values(self, event: Event) -> None:
        """Add the values that are not what they were."""
        state, account = self._state, self._state.account
        ledger = account.ledger
        values = {
            "balance": ledger.balance,
            "reserved": ledger.reserved,
            "charged": ledger.charged,
            "refunded": ledger.refunded,
            "task_count": len(account.tasks),
            "request_count": state.request_count,
            "faults": [fault.to_dict() for fault, _ in islice(state.faults.waiting, _MAX_ROWS)],
            "outcomes": account.outcomes.to_list(_MAX_ROWS),
        }
        for name, value in values.items():
            if name not in self._said or self._said[name] != value:
                self._said[name] = event[name] = value


def _encode(event: Event) -> bytes:
    return b"data: %b\n\n" % dumps(event) if event else b""


def _request_row(recorded: RecordedRequest) -> dict[str, Any]:
    violations = recorded.violations
    return {
        "id": recorded.id,
        "time": recorded.time,
        "method": recorded.method[:_MAX_TEXT],
        "path": recorded.target.partition("?")[0][:_MAX_TEXT],
        "status": recorded.status,
        "operation": recorded.operation,
        "model": _shorten(recorded.model),
        "task_id": recorded.task_id,
        "violations": len(violations),
        "violation": _shorten(violations[0].message) if violations else None,
        "fault": recorded.fault is not None,
    }


def _task_row(task: MockTask, number: int) -> dict[str, Any]:
    texts = [value for value in task.body.values() if isinstance(value, str) and value != task.model.name]
    texts = [text for text in texts if not _LINK.fullmatch(text)] or texts
    return {
        "number": number,
        "model": task.model.name,
        "text": _shorten(max(texts, key=len, default=None)),  # most often the prompt
        "created": task.created,
        "credits": task.credits,
    }


def _shorten(text: str | None) -> str | None:
    return text if text is None or len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"


def _newer(latest: Iterable[Any], last: object) -> list[Any]:
    """Those of the latest, newest first, that came after the last one."""
    newer = []
    for one in islice(latest, _MAX_ROWS):
        if one is last:
            break
        newer.append(one)
    return newer
