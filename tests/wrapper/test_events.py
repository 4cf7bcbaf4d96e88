"""What `on_event` is told, through both clients."""

import itertools
import logging
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from wrapper.fakes import KEY, Api, World, state
from wrapper.hosts import DATA, LINK, TASK_ID, Host

import evolink
from evolink import DownloadStep, RequestAttempt, RequestRetry, TaskPolled, TaskSubmitted

PROMPT = "a planted prompt"


@pytest.fixture
def events() -> list[Any]:
    return []


def told(events: list[Any], kind: type[Any], *names: str) -> list[Any]:
    """The fields of all events of a kind."""
    return [tuple(getattr(event, name) for name in names) for event in events if isinstance(event, kind)]


def test_a_create_tells_attempts_retry_and_submission(
    world: World, example: dict[str, Any], events: list[Any]
) -> None:
    accepted = httpx.Response(200, json=state("pending"), headers={"x-request-id": "request-1"})
    client = world.client(Api(429, accepted), on_event=events.append)

    world.do(client.videos.create(**example, idempotency_key="0123456789abcdef"))

    assert [type(event) for event in events] == [RequestAttempt, RequestRetry, RequestAttempt, TaskSubmitted]
    assert told(events, RequestAttempt, "attempt", "status", "error", "request_id") == [
        (1, 429, "RateLimited", None),
        (2, 200, None, "request-1"),
    ]
    (delay,) = world.clock.sleeps
    assert told(events, RequestRetry, "attempt", "delay", "error", "status") == [
        (1, delay, "RateLimited", 429)
    ]
    assert told(events, TaskSubmitted, "task_id", "duration", "request_id") == [
        (TASK_ID, pytest.approx(delay), "request-1")
    ]
    assert {event.idempotency_key for event in events} == {"0123456789abcdef"}
    assert {event.operation for event in events} == {"createVideosGenerations"}
    assert events[0].method == "POST"


def test_a_wait_tells_polls_and_outages(world: World, events: list[Any]) -> None:
    api = Api(state(progress=1), 503, state(progress=40), state("completed"))
    client = world.client(api, on_event=events.append)

    world.do(world.do(client.tasks.get(TASK_ID)).wait())

    assert told(events, TaskPolled, "task_id", "task_status", "progress", "error") == [
        (TASK_ID, "processing", 1, "ServerError"),
        (TASK_ID, "processing", 40, None),
        (TASK_ID, "completed", 100, None),
    ]
    assert told(events, RequestAttempt, "status", "task_id") == [
        (status, TASK_ID) for status in (200, 503, 200, 200)
    ]


def test_an_attempt_without_response_has_no_status(world: World, events: list[Any]) -> None:
    client = world.client(Api(httpx.ConnectError("refused")), on_event=events.append, max_retries=0)

    with pytest.raises(evolink.APIConnectionError):
        world.do(client.tasks.get(TASK_ID))

    assert told(events, RequestAttempt, "status", "error") == [(None, "APIConnectionError")]


def test_an_interrupted_attempt_is_told(world: World, events: list[Any]) -> None:
    def interrupt(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    client = world.client(interrupt, on_event=events.append)

    with pytest.raises(KeyboardInterrupt):
        world.do(client.tasks.get(TASK_ID))

    assert told(events, RequestAttempt, "error") == [("KeyboardInterrupt",)]


def test_a_download_tells_its_steps(world: World, host: Host, events: list[Any], tmp_path: Path) -> None:
    host.cuts = [30_000]
    task = world.finished(host, on_event=events.append)
    host.answers = [httpx.Response(403)]

    world.do(task.download(tmp_path / "cat.mp4"))

    names = ("step", "received", "total", "status", "error")
    assert told(events, DownloadStep, *names) == [
        ("attempt", 0, None, 403, None),
        ("renew", 0, None, 403, None),
        ("attempt", 30_000, len(DATA), 206, "RemoteProtocolError"),
        ("retry", 30_000, len(DATA), None, None),
        ("attempt", len(DATA), len(DATA), 206, None),
        ("complete", len(DATA), len(DATA), None, None),
    ]
    assert told(events, DownloadStep, "task_id", "result") == [(TASK_ID, 0)] * 6
    assert [delay for (delay,) in told(events, DownloadStep, "delay") if delay] == world.clock.sleeps


def test_a_failed_download_is_told(world: World, host: Host, events: list[Any], tmp_path: Path) -> None:
    task = world.finished(host, on_event=events.append)
    host.answers = [httpx.Response(400)]

    with pytest.raises(evolink.DownloadError):
        world.do(task.download(tmp_path / "cat.mp4"))

    assert told(events, DownloadStep, "step", "error") == [("attempt", None), ("fail", "DownloadError")]


def test_no_event_shows_key_prompt_or_link(
    world: World, example: dict[str, Any], events: list[Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "evolink")
    polls = itertools.count()

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"x-request-id": f"id of {KEY}"}
        if request.url.host == "files.test":
            return httpx.Response(500, text=f"{PROMPT} {LINK}")
        if request.method == "POST":
            return httpx.Response(200, json=state("pending"), headers=headers)
        status = f"queued for {KEY}" if next(polls) == 0 else "completed"
        return httpx.Response(200, json=state(status, results=[LINK], prompt=PROMPT), headers=headers)

    client = world.client(answer, on_event=events.append)
    task = world.do(client.videos.generate(**{**example, "prompt": PROMPT}))
    with pytest.raises(evolink.DownloadError):
        world.do(task.download(tmp_path / "cat.mp4"))

    assert {type(event) for event in events} == {RequestAttempt, TaskSubmitted, TaskPolled, DownloadStep}
    for text in (KEY, PROMPT, LINK, "files.test"):
        assert text not in repr(events)
        assert text not in "\n".join(
            record.getMessage() for record in caplog.records if record.name == "evolink"
        )


def test_events_are_frozen_and_have_slots(world: World, events: list[Any]) -> None:
    world.do(world.client(Api(state()), on_event=events.append).tasks.get(TASK_ID))

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        events[0].status = 500
    assert not hasattr(events[0], "__dict__")


def test_a_failing_function_is_logged_once_and_ends_no_call(
    world: World, example: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    def fail(event: Any) -> None:
        calls.append(event)
        raise ValueError("broken")

    client = world.client(Api(state("pending"), state("completed")), on_event=fail)

    assert world.do(client.videos.generate(**example)).status == "completed"
    assert len(calls) == 4
    (record,) = [record for record in caplog.records if "on_event" in record.getMessage()]
    assert record.exc_info is not None


def test_an_interrupt_in_the_function_keeps_the_task(world: World, example: dict[str, Any]) -> None:
    def interrupt(event: Any) -> None:
        if isinstance(event, TaskSubmitted):
            raise KeyboardInterrupt

    client = world.client(Api(state("pending")), on_event=interrupt)

    with pytest.raises(KeyboardInterrupt) as caught:
        world.do(client.videos.create(**example))
    assert TASK_ID in "".join(caught.value.__notes__)


async def coroutine_function(event: Any) -> None:
    """Nothing would await it."""


class AsyncCallable:
    async def __call__(self, event: Any) -> None: ...


@pytest.mark.parametrize("wrong", ["print", coroutine_function, AsyncCallable(), 5])
def test_only_a_plain_function_is_taken(world: World, wrong: Any) -> None:
    with pytest.raises(TypeError, match="on_event"):
        world.own(api_key="k" * 20, on_event=wrong)


def test_with_options_takes_another_function(world: World, events: list[Any]) -> None:
    others: list[Any] = []
    client = world.client(Api(state()), on_event=events.append)

    world.do(client.with_options(on_event=others.append).tasks.get(TASK_ID))
    world.do(client.with_options(max_retries=1).tasks.get(TASK_ID))

    assert len(events) == len(others) == 1
