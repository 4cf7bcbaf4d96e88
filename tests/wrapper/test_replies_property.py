"""Whatever the API replies, what leaves the SDK is a result or an error of its own."""

import asyncio
import json
import pickle
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wrapper.fakes import KEY, AsyncFakeClock, FakeClock
from wrapper.http_libraries import async_http, sync_http

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._contract import index
from evolink._tasks.state import BaseTask

TASK_ID = "task-unified-1757169743-7cvnl5zw"
METHODS = ("create", "generate", "call", "get", "refresh", "wait", "updates", "wait_all", "verify")
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([10**400, -(10**400), 2**63, 1e308, float("inf"), float("nan"), -0.0]),
)
TEXTS = st.one_of(
    st.text(max_size=20), st.sampled_from(["\ud800", "\x00", "completed", "failed", "a" * 5000, TASK_ID])
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
STATUSES = st.sampled_from(["pending", "processing", "completed", "failed", "cancelled"])
TASKS = st.fixed_dictionaries(
    {"id": st.one_of(st.just(TASK_ID), VALUES), "status": st.one_of(STATUSES, VALUES)},
    optional=dict.fromkeys(
        ("created", "progress", "results", "error", "usage", "task_info", "model", "type", "success", "code"),
        VALUES,
    )
    | {
        "task_info": st.fixed_dictionaries({"estimated_time": VALUES}),
        "error": st.fixed_dictionaries(
            {"code": VALUES, "message": VALUES, "type": VALUES, "suggestion": VALUES}
        ),
    },
)
ODD_BODIES = [
    b"",
    b"<html>",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"id": ' + b"9" * 5_000 + b"}",
    b'{"id": "x"',
    b"null",
]
BODIES = st.one_of(
    TASKS.map(lambda value: json.dumps(value).encode()),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=50),
    st.sampled_from(ODD_BODIES),
)
HEADER_VALUES = st.one_of(
    st.binary(max_size=30).map(lambda value: value.translate(None, b"\r\n\0")),
    st.sampled_from(
        [
            b"0",
            b"-5",
            b"nan",
            b"1e999",
            b"9" * 5_000,
            b"Thu, 01 Jan 1970 00:00:00 GMT",
            b"Mon, 31 Feb 99999 25:61:61 +9999",
            b"gzip",
            b"gzip, gzip",
            b"br",
            b"utf-7",
            b"application/json; charset=nonsense",
            b"https://[x/a",
        ]
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            b"retry-after",
            b"date",
            b"x-request-id",
            b"content-type",
            b"content-encoding",
            b"location",
            b"content-length",
        ]
    ),
    HEADER_VALUES,
    max_size=4,
).map(lambda headers: list(headers.items()))
STATUS_CODES = st.one_of(
    st.just(200), st.sampled_from([199, 204, 206, 302, 304, 400, 401, 402, 404, 409, 429, 500, 503, 999])
)
REPLIES = st.lists(st.tuples(STATUS_CODES, HEADERS, BODIES), min_size=1, max_size=4)


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Any:
        yield self._content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


def transport(replies: list[tuple[int, Any, bytes]]) -> httpx.MockTransport:
    waiting = list(replies)

    def answer(request: httpx.Request) -> httpx.Response:
        status, headers, content = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return httpx.Response(status, headers=headers, stream=Body(content))

    return httpx.MockTransport(answer)


def start(client: Any, method: str, example: dict[str, Any]) -> Any:
    state = {"id": TASK_ID, "status": "pending"}
    if method == "call":
        operations = index.contract().resources["videos"]
        operation = next(one for one in operations if example["model"] in (one.models or ()))
        return client.call(operation.id, body=example)
    calls: dict[str, Any] = {
        "create": lambda: client.videos.create(**example),
        "generate": lambda: client.videos.generate(**example, timeout=20),
        "get": lambda: client.tasks.get(TASK_ID),
        "verify": lambda: client.callbacks.verify(state),
        "refresh": lambda: client.callbacks.parse(state).refresh(),
        "wait": lambda: client.callbacks.parse(state).wait(20),
        "updates": lambda: client.callbacks.parse(state).updates(20),
        "wait_all": lambda: client.tasks.wait_all([client.callbacks.parse(state)], 20),
    }
    return calls[method]()


def finish(method: str, replies: Any, example: dict[str, Any], *, is_async: bool) -> Any:
    async def run() -> Any:
        http = async_http(transport=transport(replies))
        clock: Any = AsyncFakeClock()
        result = start(AsyncEvoLink(KEY, http_client=http, clock=clock), method, example)
        if method == "updates":
            return [task async for task in result]
        return await result

    if is_async:
        return asyncio.run(run())
    http = sync_http(transport=transport(replies))
    result = start(EvoLink(KEY, http_client=http, clock=FakeClock()), method, example)
    return list(result) if method == "updates" else result


def look_at(task: BaseTask) -> None:
    """All that a task shows."""
    for name in (
        "id",
        "model",
        "status",
        "progress",
        "results",
        "error",
        "created",
        "usage",
        "estimated_time",
    ):
        getattr(task, name)
    repr(task)
    pickle.loads(pickle.dumps(task))


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(method=st.sampled_from(METHODS), replies=REPLIES)
def test_every_reply_ends_in_a_result_or_an_error_of_this_package(
    example: dict[str, Any], is_async: bool, method: str, replies: Any
) -> None:
    error: evolink.EvoLinkError | None = None
    result: Any = []
    try:
        result = finish(method, replies, example, is_async=is_async)
    except evolink.EvoLinkError as raised:
        error = raised

    tasks = result if isinstance(result, list) else [result]
    if error is not None:
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
        assert KEY not in str(error)
        tasks = [error.task]
        if method in {"create", "call"} and isinstance(error, evolink.APIError):
            assert error.idempotency_key
    for task in tasks:
        if isinstance(task, BaseTask):
            look_at(task)
