"""Interrupts at each step of the I/O name what has been paid for, by task id or by idempotency key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import trio
from wrapper.fakes import KEY, FakeClock, World
from wrapper.files_api import LIFE, PNG, uploaded
from wrapper.hosts import LINK
from wrapper.http_libraries import async_http, sync_http

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._contract import index
from evolink._core.recovery import Recovery

KINDS = ("sync", "asyncio", "trio")
METHODS = ("create", "create with a file", "generate", "call", "wait", "updates", "wait_all", "as_completed")
# A script has to end some time; no method here does more I/O than this.
MOST_STEPS = 200


class SteppingBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A response body in pieces, with a step before each."""

    def __init__(self, api: InterruptedAPI, content: bytes) -> None:
        middle = len(content) // 2
        self._pieces = [content[:middle], content[middle:]]
        self._api = api

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._api.step()
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            await self._api.astep()
            yield piece


class InterruptedAPI(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An API, and the clock of its client: the nth step of I/O is interrupted."""

    def __init__(self, interrupted: int, cancel: Callable[[], None] | None = None) -> None:
        self.cancel = cancel
        self.keys: list[str] = []
        self.polls: dict[str, int] = {}
        self.steps = 0
        self.uploads = 0
        self._interrupted = interrupted
        self._clock = FakeClock()
        self.now = self._clock.now

    @property
    def is_interrupted(self) -> bool:
        return self.steps >= self._interrupted

    def step(self, *_: object) -> None:
        self.steps += 1
        if self.steps == self._interrupted:
            raise KeyboardInterrupt

    async def astep(self, *_: object) -> None:
        self.steps += 1
        if self.steps == self._interrupted:
            assert self.cancel is not None
            self.cancel()
            while True:
                await checkpoint()

    def sleep(self, seconds: float) -> None:
        self.step()
        self._clock.sleep(seconds)
        self.step()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.step()
        response = self._answer(request)
        self.step()
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.astep()
        response = self._answer(request)
        await self.astep()
        return response

    def _answer(self, request: httpx.Request) -> httpx.Response:
        state: dict[str, Any]
        if "idempotency-key" in request.headers:
            if not self.keys:
                self.keys.append(request.headers["idempotency-key"])
                return httpx.Response(429)
            state = {"id": "task-new", "status": "pending"}
        elif request.url.path == index.contract().required_role("upload-stream").operation.path:
            self.uploads += 1
            state = uploaded(1, self.now() + LIFE)
        elif request.method == "POST":
            state = {"data": [self._polled(task_id) for task_id in json.loads(request.content)["task_ids"]]}
        else:
            state = self._polled(request.url.path.rpartition("/")[2])
        return httpx.Response(200, stream=SteppingBody(self, json.dumps(state).encode()))

    def _polled(self, task_id: str) -> dict[str, Any]:
        self.polls[task_id] = self.polls.get(task_id, 0) + 1
        is_done = self.polls[task_id] > 2
        return {
            "id": task_id,
            "status": "completed" if is_done else "processing",
            "results": [LINK] * is_done,
            "progress": 30 * self.polls[task_id],
        }


class AsyncClockOf:
    """The clock of an asynchronous client."""

    def __init__(self, api: InterruptedAPI) -> None:
        self._api = api
        self.now = api.now

    async def sleep(self, seconds: float) -> None:
        await self._api.astep()
        self._api._clock.sleep(seconds)
        await self._api.astep()


async def checkpoint() -> None:
    import sniffio  # noqa: PLC0415

    if sniffio.current_async_library() == "trio":
        await trio.lowlevel.checkpoint()
    else:
        await asyncio.sleep(0)


def states(client: Any) -> list[Any]:
    return [client.callbacks.parse({"id": f"task-{number}", "status": "pending"}) for number in range(3)]


def start(client: Any, method: str, example: dict[str, Any], step: Any) -> Any:
    """Call a method; returns what it returns, which is to be awaited or iterated over."""
    if method == "create":
        return client.videos.create(**example)
    if method == "create with a file":
        return client.videos.create(model="sora-2", prompt="A cat", image_urls=[evolink.File(PNG)])
    if method == "generate":
        return client.videos.generate(**example, on_update=step)
    if method == "call":
        operations = index.contract().resources["videos"]
        operation = next(one for one in operations if example["model"] in (one.models or ()))
        return client.call(operation.id, body=example)
    if method == "wait":
        return states(client)[0].wait(on_update=step)
    if method == "updates":
        return states(client)[0].updates()
    return getattr(client.tasks, method)(states(client), concurrency=2)


def interrupted(
    kind: str, method: str, example: dict[str, Any], number: int
) -> tuple[InterruptedAPI, BaseException | None, list[str]]:
    """Run a method until its nth step: returns the API, what has ended it, and the tasks that it returned."""
    api = InterruptedAPI(number)
    returned: list[str] = []

    async def arun() -> None:
        client = AsyncEvoLink(KEY, http_client=async_http(transport=api), clock=AsyncClockOf(api))
        result = start(client, method, example, api.astep)
        if hasattr(result, "__aiter__"):
            async for task in result:
                returned.append(task.id)  # noqa: PERF401 - those before an interrupt count
        else:
            await result

    def run() -> None:
        client = EvoLink(KEY, http_client=sync_http(transport=api), clock=api)
        result = start(client, method, example, api.step)
        if hasattr(result, "__next__"):
            returned.extend(task.id for task in result)

    async def trio_run() -> None:
        with trio.CancelScope() as scope:
            api.cancel = scope.cancel
            await arun()

    async def asyncio_run() -> None:
        async with asyncio.timeout(None) as limit:
            api.cancel = lambda: limit.reschedule(0)
            await arun()

    caught: BaseException | None = None
    try:
        if kind == "sync":
            run()
        elif kind == "trio":
            trio.run(trio_run)
        else:
            asyncio.run(asyncio_run())
    except (KeyboardInterrupt, TimeoutError) as error:
        caught = error
    return api, caught, returned


def told(error: BaseException | None, log: str) -> str:
    """All that a person sees: the log, and the traceback with causes and notes."""
    shown = [log]
    while error is not None:
        shown += [str(error), *getattr(error, "__notes__", ())]
        error = error.__cause__ or error.__context__
    return "\n".join(shown)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_an_interrupt_at_any_step_names_what_was_paid_for(
    kind: str, method: str, example: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "evolink")
    steps = 0
    for number in range(1, MOST_STEPS):
        steps = number
        caplog.clear()
        api, caught, returned = interrupted(kind, method, example, number)
        if not api.is_interrupted:
            break
        text = told(caught, caplog.text)
        if kind == "sync":
            assert isinstance(caught, KeyboardInterrupt)
            assert text.count("\n") >= 1
        if method in {"create", "create with a file", "generate", "call"}:
            if api.keys:
                assert api.keys[0] in text or "client.tasks.get('task-new')" in text
            elif api.uploads:
                assert "no task was submitted: nothing was charged" in text or "may have been" in text
        elif method in {"wait", "updates"}:
            assert "client.tasks.get('task-0').wait()" in text
        else:
            is_done = {name for name, polls in api.polls.items() if polls > 2}
            for name in {"task-0", "task-1", "task-2"} - is_done:
                assert name in text
            if method == "as_completed":  # what is done but was not returned, too
                assert all(name in text for name in is_done - set(returned))
    assert 4 < steps < MOST_STEPS - 1


def test_a_note_is_added_once(example: dict[str, Any]) -> None:
    _, caught, _ = interrupted("sync", "generate", example, 6)

    assert isinstance(caught, KeyboardInterrupt)
    assert len(caught.__notes__) == 1


def test_an_error_in_a_callback_keeps_its_type_and_names_the_task(example: dict[str, Any]) -> None:
    def fail(task: Any) -> None:
        raise LookupError(task.status)

    client = EvoLink(KEY, http_client=sync_http(transport=InterruptedAPI(-1)), clock=FakeClock())
    with pytest.raises(LookupError) as caught:
        client.videos.generate(**example, on_update=fail)

    assert "client.tasks.get('task-new').wait()" in "".join(caught.value.__notes__)


@dataclass(frozen=True)
class FrozenError(Exception):
    """An error of a caller's that takes no note."""

    reason: str


def test_an_error_that_takes_no_note_is_raised_and_logged(
    world: World, example: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise FrozenError("mine")

    client = world.client(lambda _: httpx.Response(200, json={"id": "task-new", "status": "pending"}))
    with pytest.raises(FrozenError):
        world.do(client.videos.generate(**example, on_update=fail))

    assert "client.tasks.get('task-new').wait()" in caplog.text


def test_a_loop_that_is_left_is_no_interrupt(caplog: pytest.LogCaptureFixture) -> None:
    client = EvoLink(KEY, http_client=sync_http(transport=InterruptedAPI(-1)), clock=FakeClock())

    for _ in client.tasks.as_completed(states(client)):
        break

    assert "not done" not in caplog.text


def test_at_most_fifty_tasks_are_listed() -> None:
    advice = Recovery({number: f"task-{number}" for number in range(53)}).advice()

    assert advice is not None
    assert "53 tasks are not done" in advice
    assert advice.endswith("task-49, and 3 more.")
    assert "task-50" not in advice
