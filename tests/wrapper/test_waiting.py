import asyncio
import math
from typing import Any

import httpx
import pytest
from wrapper.fakes import Api, World, state

import evolink
from evolink._contract.index import contract

TASK_ID = "task-unified-1757169743-7cvnl5zw"
OUTAGES = [
    500,
    502,
    503,
    520,
    429,
    408,
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("hang"),
    httpx.RemoteProtocolError("dropped"),
    httpx.Response(200, text="<html>"),
    httpx.Response(200, content=b'{"id": "task'),
    httpx.Response(200, json={"no": "task"}),
    httpx.Response(199),
]


def name(value: Any) -> Any:
    return str(value) if isinstance(value, int) else repr(value)[:40]


def waiting(world: World, server: Api, **options: Any) -> Any:
    """A task that was just found to be running."""
    client = world.client(server, **options)
    task = world.do(client.tasks.get(TASK_ID))
    server.requests.clear()
    world.clock.sleeps.clear()
    return task


def test_a_done_task_is_not_polled(world: World) -> None:
    server = Api(state("completed"))

    task = waiting(world, server)

    assert world.do(task.wait()) is task
    assert server.requests == []


def test_wait_returns_the_completed_task(world: World) -> None:
    results = ["https://files.test/a.mp4"]
    server = Api(
        state(progress=0), state(progress=40), state(progress=80), state("completed", results=results)
    )

    task = waiting(world, server)
    world.do(task.wait())

    assert task.done
    assert (task.status, task.progress, task.results) == ("completed", 100, results)
    assert len(server.requests) == 3
    assert all(seconds >= 1 for seconds in world.clock.sleeps)


def test_on_update_is_called_once_for_each_change(world: World) -> None:
    server = Api(
        *[state("pending")] * 2, *[state(progress=10)] * 3, *[state(progress=90)] * 2, state("completed")
    )
    seen = []

    task = waiting(world, server)
    world.do(task.wait(on_update=lambda update: seen.append((update.status, update.progress))))

    assert seen == [("processing", 10), ("processing", 90), ("completed", 100)]


def test_on_update_may_be_a_coroutine_function(async_world: World) -> None:
    world = async_world
    server = Api(state(), state("completed"))
    seen = []

    async def later(update: Any) -> None:
        await asyncio.sleep(0)
        seen.append(update.status)

    task = waiting(world, server)
    world.do(task.wait(on_update=later))

    assert seen == ["completed"]


def test_updates_yields_each_change(world: World) -> None:
    server = Api(state("pending"), state("pending"), state(progress=50), state("failed", error={"code": "x"}))

    task = waiting(world, server)
    seen = [(update.status, update.progress) for update in world.each(task.updates())]

    assert seen == [("processing", 50), ("failed", 0)]
    assert task.error.code == "x"


def test_a_failed_task_raises_with_the_documented_advice(world: World) -> None:
    known = contract().task_errors
    assert known
    for code, facts in known.items():
        server = Api(
            state(
                "failed",
                error={"code": code, "message": "two\nlines", "type": "task_error", "suggestion": "s"},
            )
        )
        task = waiting(world, server)
        with pytest.raises(evolink.TaskFailed) as caught:
            world.do(task.wait())
        error = caught.value
        assert (error.code, error.type, error.message, error.suggestion) == (
            code,
            "task_error",
            "two\nlines",
            "s",
        )
        assert (error.retryable, error.advice) == (facts["retryable"], facts["advice"])
        assert error.task is task


@pytest.mark.parametrize("fields", [{}, {"error": None}, {"error": {"code": 5}}, {"error": "odd"}])
def test_a_failed_task_without_reason_raises(world: World, fields: Any) -> None:
    task = waiting(world, Api(state("failed", **fields)))

    with pytest.raises(evolink.TaskFailed) as caught:
        world.do(task.wait())

    assert caught.value.retryable is None
    assert caught.value.message


@pytest.mark.parametrize("spelling", ["cancelled", "canceled"])
def test_a_cancelled_task_raises(world: World, spelling: Any) -> None:
    task = waiting(world, Api(state(), state(spelling)))

    with pytest.raises(evolink.TaskCancelled) as caught:
        world.do(task.wait())

    assert caught.value.task is task


@pytest.mark.parametrize("status", ["queued", "retrying", "COMPLETED", "", None, 5])
def test_an_unknown_status_counts_as_running(world: World, status: Any) -> None:
    task = waiting(world, Api(state(status)))

    with pytest.raises(evolink.TaskTimeout) as caught:
        world.do(task.wait(timeout=20))

    assert (status if isinstance(status, str) else "unknown") in str(caught.value)
    assert caught.value.task is task


@pytest.mark.parametrize("timeout", [5, 60.5, 1000, None])
def test_the_timeout_covers_requests_and_sleeps(world: World, timeout: Any) -> None:
    server = Api(state())
    task = waiting(world, server)
    began = world.clock.now()

    with pytest.raises(evolink.TaskTimeout) as caught:
        world.do(task.wait(timeout))

    assert world.clock.now() - began == pytest.approx(1800 if timeout is None else timeout, abs=0.01)
    assert caught.value.task.id == TASK_ID
    assert isinstance(caught.value, TimeoutError)


def test_a_timeout_of_zero_polls_once(world: World) -> None:
    server = Api(state(), state(progress=50))
    task = waiting(world, server)

    with pytest.raises(evolink.TaskTimeout):
        world.do(task.wait(0))

    assert len(server.requests) == 1
    assert task.progress == 50


def test_an_infinite_timeout_is_possible(world: World) -> None:
    server = Api(*[state()] * 500, state("completed"))

    task = waiting(world, server)
    world.do(task.wait(math.inf))

    assert task.done


@pytest.mark.parametrize(
    "options", [{"timeout": -1}, {"timeout": "x"}, {"timeout": math.nan}, {"poll_interval": -1}]
)
def test_invalid_durations_are_rejected(world: World, options: Any) -> None:
    task = waiting(world, Api(state()))

    with pytest.raises(evolink.InvalidRequest, match=next(iter(options))):
        world.do(task.wait(**options))


@pytest.mark.parametrize("outage", OUTAGES, ids=name)
def test_an_outage_is_waited_out(world: World, outage: Any) -> None:
    server = Api(state(), *[outage] * 12, state("completed"))

    task = waiting(world, server)
    world.do(task.wait())

    assert task.done
    assert len(server.requests) == 13
    assert max(world.clock.sleeps) <= 60


@pytest.mark.parametrize("outage", OUTAGES, ids=name)
def test_a_timeout_during_an_outage_has_task_and_cause(world: World, outage: Any) -> None:
    server = Api(state(progress=30), outage)
    task = waiting(world, server)

    with pytest.raises(evolink.TaskTimeout, match="no answer") as caught:
        world.do(task.wait(100))

    assert caught.value.task is task
    assert isinstance(caught.value.__cause__, evolink.APIError)
    assert task.progress == 30


def test_a_refused_key_ends_the_wait_and_has_the_task(world: World) -> None:
    server = Api(state(), 401)
    task = waiting(world, server)

    with pytest.raises(evolink.AuthenticationError) as caught:
        world.do(task.wait())

    assert caught.value.task is task
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [302, 403, 404])
def test_a_passing_refusal_is_waited_out(world: World, status: Any) -> None:
    server = Api(state(), status, status, status, state(progress=50), status, state("completed"))
    task = waiting(world, server)

    world.do(task.wait())

    assert task.results
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, evolink.APIStatusError), (403, evolink.PermissionDenied), (404, evolink.NotFound)],
)
def test_a_lasting_refusal_ends_the_wait_and_has_the_task(world: World, status: Any, kind: Any) -> None:
    server = Api(state(), status)
    task = waiting(world, server)

    with pytest.raises(kind) as caught:
        world.do(task.wait())

    assert caught.value.task is task
    assert len(server.requests) == 4


def test_a_completed_task_without_results_is_polled_again(world: World) -> None:
    server = Api(
        state(), state("completed", results=[]), state("completed", results=None), state("completed")
    )
    task = waiting(world, server)

    world.do(task.wait())

    assert task.results
    assert len(server.requests) == 3
    assert sum(world.clock.sleeps[1:]) <= 4


def test_a_task_that_never_has_results_ends_the_wait(world: World) -> None:
    server = Api(state(), state("completed", results=[]))
    task = waiting(world, server)

    assert world.do(task.wait()) is task
    assert len(server.requests) == 4
    assert world.all(task.updates()) == []


def test_a_reply_about_another_task_is_no_answer(world: World) -> None:
    server = Api(state(), state("completed", id="task-unified-other"), state("completed"))
    task = waiting(world, server)

    world.do(task.wait())

    assert (task.id, len(server.requests)) == (TASK_ID, 2)
    server.answers[:] = [state("failed", id="task-unified-other")]
    with pytest.raises(evolink.APIResponseError):
        world.do(task.refresh())
    assert (task.id, task.status) == (TASK_ID, "completed")


def test_a_poll_interval_of_zero_still_pauses(world: World) -> None:
    server = Api(*[state()] * 5, state("completed"))
    task = waiting(world, server)

    world.do(task.wait(poll_interval=0))

    assert len(world.clock.sleeps) == 5
    assert min(world.clock.sleeps) == pytest.approx(0.1)


@pytest.mark.parametrize("status", [200, 429, 503])
def test_retry_after_delays_the_next_poll(world: World, status: Any) -> None:
    server = Api(
        state(),
        lambda _: httpx.Response(status, json=state(), headers={"retry-after": "45"}),
        state("completed"),
    )

    task = waiting(world, server)
    world.do(task.wait())

    assert world.clock.sleeps[1] == 45


def test_poll_interval_is_fixed(world: World) -> None:
    server = Api(*[state(task_info={"estimated_time": 600})] * 9, state("completed"))

    task = waiting(world, server)
    world.do(task.wait(poll_interval=2.5))

    assert world.clock.sleeps == pytest.approx([2.5] * 9)


def test_the_estimate_delays_the_first_poll(world: World, example: dict[str, Any]) -> None:
    server = Api(state("pending", task_info={"estimated_time": 300}), state("completed"))

    task = world.do(world.client(server).videos.create(**example))
    assert task.estimated_time == 300
    world.do(task.wait())

    assert 60 <= world.clock.sleeps[0] <= 67
    assert task.estimated_time == 300


def test_an_old_state_is_polled_at_once(world: World) -> None:
    server = Api(state(), state("completed"))
    task = waiting(world, server)
    world.clock.advance(3600)

    world.do(task.wait())

    assert world.clock.sleeps == []


def test_request_timeouts_end_at_the_deadline(world: World) -> None:
    server = Api(state())
    task = waiting(world, server)

    with pytest.raises(evolink.TaskTimeout):
        world.do(task.wait(20))

    timeouts = [request.extensions["timeout"]["read"] for request in server.requests]
    assert all(1 <= seconds <= 20 for seconds in timeouts)
    assert timeouts[-1] == 1


@pytest.mark.parametrize("limit", [math.inf, 1e300, 10**400], ids=["infinite", "float", "integer"])
def test_times_beyond_all_bounds_are_no_limit(world: World, limit: Any) -> None:
    server = Api(state(), state("completed"))
    client = world.client(server, timeout=limit)
    task = world.do(client.tasks.get(TASK_ID))

    world.do(task.wait(limit, poll_interval=1e300))

    assert set(server.last.extensions["timeout"].values()) == {None}
    assert world.clock.sleeps[-1] <= 86_400


def test_refresh_updates_the_task(world: World) -> None:
    server = Api(state(model="m", usage={"credits_reserved": 7}), state(progress=50, new_field=[1]))
    task = waiting(world, server)

    assert world.do(task.refresh()) is task

    assert (task.progress, task.raw["new_field"]) == (50, [1])
    assert (task.model, dict(task.usage)) == ("m", {"credits_reserved": 7})


def test_refresh_retries_and_errors_have_the_task(world: World) -> None:
    server = Api(state(), 500, 502, state(progress=50))
    task = waiting(world, server)

    world.do(task.refresh())
    assert task.progress == 50

    server.answers[:] = [500]
    with pytest.raises(evolink.ServerError) as caught:
        world.do(task.refresh())
    assert caught.value.task is task
    assert not caught.value.outcome_unknown


def test_generate_creates_waits_and_calls_on_update(world: World, example: dict[str, Any]) -> None:
    server = Api(state("pending"), state(progress=50), state("completed"))
    seen = []

    task = world.do(
        world.client(server).videos.generate(**example, on_update=lambda task: seen.append(task.status))
    )

    assert task.done
    assert seen == ["pending", "processing", "completed"]
    assert [request.method for request in server.requests] == ["POST", "GET", "GET"]


def test_generate_keeps_one_deadline(world: World, example: dict[str, Any]) -> None:
    server = Api(state("pending"))
    began = world.clock.now()

    with pytest.raises(evolink.TaskTimeout) as caught:
        world.do(world.client(server).videos.generate(**example, timeout=50))

    assert world.clock.now() - began == pytest.approx(50, abs=0.01)
    assert caught.value.task.id == TASK_ID


def test_a_slow_submission_still_has_the_task(world: World, example: dict[str, Any]) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        world.clock.advance(100)
        return httpx.Response(200, json=state())

    with pytest.raises(evolink.TaskTimeout) as caught:
        world.do(world.client(Api(slow)).videos.generate(**example, timeout=50))

    assert caught.value.task.id == TASK_ID


def test_generate_takes_a_poll_interval(world: World, example: dict[str, Any]) -> None:
    server = Api(*[state()] * 5, state("completed"))

    world.do(world.client(server).videos.generate(**example, poll_interval=3))

    assert world.clock.sleeps == pytest.approx([3] * 5)


@pytest.mark.parametrize("signal", [KeyboardInterrupt, asyncio.CancelledError, RuntimeError])
def test_an_interrupted_wait_names_the_task(
    world: World, example: dict[str, Any], signal: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = Api(state("pending"))

    def leave(seconds: Any) -> None:
        raise signal

    async def aleave(seconds: Any) -> None:
        raise signal

    world.clock.sleep = aleave if world.is_async else leave
    with pytest.raises(signal) as caught:
        world.do(world.client(server).videos.generate(**example))

    assert TASK_ID in "".join(caught.value.__notes__)
    assert TASK_ID in caplog.text
    assert len(server.requests) == 1


def test_cancellation_ends_a_wait_immediately(async_world: World) -> None:
    world = async_world
    task = waiting(world, Api(state()))

    async def cancel() -> None:
        waiter = asyncio.ensure_future(task.wait())
        await asyncio.sleep(0)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter

    world.do(cancel())
    assert not task.done


def test_one_client_waits_for_many_tasks_concurrently(async_world: World) -> None:
    world = async_world
    client = world.client(Api(lambda _: httpx.Response(200, json=state("completed"))))

    async def wait() -> Any:
        tasks = await asyncio.gather(*(client.tasks.get(TASK_ID) for _ in range(50)))
        return await asyncio.gather(*(task.wait() for task in tasks))

    assert len(world.do(wait())) == 50


def test_the_repr_of_a_task_has_no_prompt(world: World) -> None:
    task = waiting(world, Api(state(model="m", prompt="secret wish", progress=7)))

    kind = "AsyncTask" if world.is_async else "Task"
    assert repr(task) == f"{kind}(id={TASK_ID!r}, model='m', status='processing', progress=7)"
