"""Waiting for many tasks over few connections."""

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from wrapper.fakes import KEY, World
from wrapper.hosts import LINK

import evolink
from evolink._contract import index
from evolink._core import overrides
from evolink._http import availability


class FakeTaskAPI:
    """An API in which every task ends at a time of its own."""

    def __init__(self, clock: Any, ends: dict[str, float]) -> None:
        self.clock = clock
        self.began = clock.now()
        self.ends = ends
        # How often each task was queried alone, and those that were queried at all.
        self.polls: dict[str, int] = {}
        self.polled: set[str] = set()
        # How many requests there were for several tasks, and what they are answered with in place of tasks.
        self.batches = 0
        self.refusal: Callable[[], httpx.Response] | None = None
        self.has_progress = False
        # Seconds that a request takes.
        self.latency = 0.0
        self.in_flight = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
        try:
            self.clock.advance(self.latency)
            return self._answer(request)
        finally:
            with self._lock:
                self.in_flight -= 1

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            with self._lock:
                self.batches += 1
            if self.refusal is not None:
                return self.refusal()
            names = json.loads(request.content)["task_ids"]
            assert 1 < len(names) <= 50
            return httpx.Response(
                200, json={"data": [self.state(name) for name in names if name in self.ends]}
            )
        name = request.url.path.rpartition("/")[2]
        with self._lock:
            self.polls[name] = self.polls.get(name, 0) + 1
        return httpx.Response(200, json=self.state(name)) if name in self.ends else httpx.Response(404)

    def state(self, name: str) -> dict[str, Any]:
        self.polled.add(name)
        age = self.clock.now() - self.began
        status = "completed" if age >= self.ends[name] else "processing"
        if name.startswith("bad") and status == "completed":
            status = "failed"
        results = [LINK] if status == "completed" else []
        progress = min(99, int(100 * age / self.ends[name])) if self.has_progress else 0
        return {"id": name, "status": status, "progress": progress, "results": results}

    @property
    def requests(self) -> int:
        return self.batches + sum(self.polls.values())

    def tasks(self, client: Any) -> list[Any]:
        info = {"status": "pending", "created": self.began}
        return [
            client.callbacks.parse({"id": name, "task_info": {"estimated_time": end * 1.2}, **info})
            for name, end in self.ends.items()
        ]


@pytest.fixture
def fake_api(world: World) -> Any:
    def make(ends: dict[str, float]) -> Any:
        fake = FakeTaskAPI(world.clock, ends)
        return fake, world.client(fake)

    return make


def test_as_completed_yields_tasks_in_order_of_completion(world: World, fake_api: Any) -> None:
    server, client = fake_api({"slow": 300, "fast": 20, "middle": 100, "bad": 60})

    done = world.all(client.tasks.as_completed(server.tasks(client)))

    assert [task.id for task in done] == ["fast", "bad", "middle", "slow"]
    assert [task.status for task in done] == ["completed", "failed", "completed", "completed"]


def test_wait_all_keeps_the_order_given(world: World, fake_api: Any) -> None:
    server, client = fake_api({"slow": 300, "fast": 20, "bad": 60})
    tasks = server.tasks(client)

    assert world.do(client.tasks.wait_all(iter(tasks))) == tasks
    assert all(task.done for task in tasks)


@pytest.mark.parametrize("method", ["wait_all", "as_completed"])
@pytest.mark.parametrize("error", [evolink.InvalidRequest, LookupError, KeyboardInterrupt])
def test_what_ends_the_callers_own_loop_names_the_tasks(
    world: World, fake_api: Any, error: type[BaseException], method: str
) -> None:
    server, client = fake_api({"task-1": 20, "task-2": 20})

    def create() -> Any:
        yield from server.tasks(client)
        raise error("mine")

    finish = world.do if method == "wait_all" else world.all
    with pytest.raises(error) as caught:
        finish(getattr(client.tasks, method)(create()))

    shown = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
    assert shown.startswith("mine")
    assert "finds each of them again: task-1, task-2." in shown
    assert server.requests == 0


@pytest.mark.parametrize("options", [{"timeout": -1}, {"concurrency": 0}, {"extra_headers": {"Host": "x"}}])
def test_no_task_is_made_for_a_wait_with_a_wrong_argument(
    world: World, fake_api: Any, options: dict[str, Any]
) -> None:
    _, client = fake_api({})

    def create() -> Any:
        pytest.fail("a task would be paid for")
        yield

    with pytest.raises(evolink.InvalidRequest):
        world.do(client.tasks.wait_all(create(), **options))


def test_wait_all_of_no_tasks_returns_at_once(world: World, fake_api: Any) -> None:
    _, client = fake_api({})

    assert world.do(client.tasks.wait_all([])) == []


def test_the_timeout_covers_all_tasks(world: World, fake_api: Any) -> None:
    server, client = fake_api({"fast": 20, "slow": 10_000})
    began = world.clock.now()
    done: list[str] = []

    with pytest.raises(evolink.TaskTimeout) as caught:
        done.extend(task.id for task in world.each(client.tasks.as_completed(server.tasks(client), 120)))

    assert world.clock.now() - began == pytest.approx(120, abs=0.01)
    assert caught.value.task.id == "slow"


@pytest.mark.parametrize("timeout", [0, 1])
def test_every_task_is_polled_before_the_time_is_over(world: World, fake_api: Any, timeout: float) -> None:
    server, client = fake_api({f"task-{number}": number % 2 * 1e4 for number in range(120)})
    tasks = server.tasks(client)

    with pytest.raises(evolink.TaskTimeout, match="60 tasks are not done"):
        world.do(client.tasks.wait_all(tasks, timeout=timeout, concurrency=1))

    assert [task.done for task in tasks] == [True, False] * 60
    assert server.requests == 3
    assert world.clock.now() == server.began + timeout


@pytest.mark.parametrize("timeout", [0, 1])
def test_slow_replies_do_not_make_a_wait_for_many_longer(world: World, fake_api: Any, timeout: float) -> None:
    server, client = fake_api({f"task-{number}": 1e4 for number in range(30)})
    server.refusal, server.latency = (lambda: httpx.Response(404)), 0.4

    with pytest.raises(evolink.TaskTimeout, match="30 tasks are not done"):
        world.do(client.tasks.wait_all(server.tasks(client), timeout=timeout, concurrency=1))

    assert server.began + timeout + 1 <= world.clock.now() < server.began + timeout + 2


def test_an_error_carries_its_task(world: World, fake_api: Any) -> None:
    server, client = fake_api({"one": 50, "two": 50})
    tasks = server.tasks(client)
    server.ends = {"one": 50}
    client = world.client(
        lambda request: server(request) if "one" in str(request.url) else httpx.Response(404)
    )

    with pytest.raises(evolink.NotFound) as caught:
        world.do(client.tasks.wait_all(tasks))

    assert caught.value.task is tasks[1]


def test_an_outage_is_waited_out(world: World, fake_api: Any) -> None:
    server, client = fake_api({f"task-{number}": 50 for number in range(5)})
    began = world.clock.now()
    client = world.client(
        lambda request: httpx.Response(503) if world.clock.now() - began < 300 else server(request)
    )

    assert all(task.done for task in world.do(client.tasks.wait_all(server.tasks(client))))


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True, "2"])
def test_concurrency_must_be_positive(world: World, fake_api: Any, concurrency: Any) -> None:
    _, client = fake_api({})

    with pytest.raises(evolink.InvalidRequest, match="concurrency"):
        world.do(client.tasks.wait_all([], concurrency=concurrency))


def test_concurrency_limits_requests_and_every_task_is_polled(world: World, fake_api: Any) -> None:
    server, client = fake_api({f"task-{number:03d}": 5 + number for number in range(60)})
    before = threading.active_count()

    done = world.do(client.tasks.wait_all(server.tasks(client), concurrency=4))

    assert len(done) == 60
    assert all(task.done for task in done)
    assert server.most <= 4
    assert server.polled == set(server.ends)
    assert threading.active_count() <= before + 4


def spread(count: int) -> dict[str, float]:
    """Tasks of half a minute to a quarter of an hour, even by ratio."""
    return {f"task-{number:04d}": 30 * 30 ** (number / count) for number in range(count)}


def test_tasks_are_queried_fifty_at_a_time(world: World, fake_api: Any) -> None:
    server, client = fake_api({f"task-{number}": 0 for number in range(120)})

    done = world.do(client.tasks.wait_all(server.tasks(client)))

    assert all(task.results == [LINK] for task in done)
    assert (server.batches, server.polls) == (3, {})


def test_one_task_is_queried_alone(world: World, fake_api: Any) -> None:
    server, client = fake_api({"one": 20})

    world.do(client.tasks.wait_all(server.tasks(client)))

    assert server.batches == 0


def test_tasks_with_a_fixed_interval_are_queried_together(world: World, fake_api: Any) -> None:
    server, client = fake_api({f"task-{number}": 95 for number in range(50)})

    world.do(client.tasks.wait_all(server.tasks(client), poll_interval=10))

    assert (server.batches, server.polls) == (10, {})


@pytest.mark.slow
@pytest.mark.parametrize("half", ["of the tasks", "of the requests", None])
def test_a_thousand_tasks_cost_at_most_a_request_each(async_world: World, half: str | None) -> None:
    server = FakeTaskAPI(async_world.clock, spread(1000))
    server.has_progress = True
    client = async_world.client(server)
    done = 0

    async def wait() -> None:
        nonlocal done
        async for _ in client.tasks.as_completed(server.tasks(client)):
            done += 1
            if (half == "of the tasks" and done >= 500) or (
                half == "of the requests" and server.batches >= 120
            ):
                server.refusal = lambda: httpx.Response(404)

    async_world.do(wait())

    assert done == 1000
    assert server.requests <= (1000 if half else 300)


def test_a_hundred_tasks_cost_few_requests(world: World, fake_api: Any) -> None:
    server, client = fake_api(spread(100))
    server.has_progress = True

    world.do(client.tasks.wait_all(server.tasks(client)))

    assert server.requests <= 300


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_missing_batch_query_is_not_tried_again(world: World, fake_api: Any, status: int) -> None:
    server, client = fake_api({f"task-{number}": 20 for number in range(5)})
    server.refusal = lambda: httpx.Response(status)

    assert all(task.done for task in world.do(client.tasks.wait_all(server.tasks(client))))
    assert all(task.done for task in world.do(client.tasks.wait_all(server.tasks(client))))
    assert server.batches == 1


def test_what_an_api_lacks_is_known_to_all_clients_of_the_process(
    clean: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = index.contract().required_role("task-batch").operation
    monkeypatch.setattr(overrides, "SYSTEM", overrides.SYSTEM._replace(missing=set()))

    with evolink.EvoLink(KEY) as one, evolink.EvoLink(KEY) as two, evolink.EvoLink(f"{KEY}-other") as other:
        availability.note_missing(one, operation)

        assert availability.is_missing(two, operation)
        assert not availability.is_missing(other, operation)
        assert KEY not in repr(overrides.SYSTEM)


def test_tasks_that_a_batch_query_leaves_out_are_queried_alone(world: World, fake_api: Any) -> None:
    server, client = fake_api({"one": 0, "two": 0, "gone": 0})
    tasks = server.tasks(client)
    del server.ends["gone"]

    with pytest.raises(evolink.NotFound) as caught:
        world.do(client.tasks.wait_all(tasks))

    assert caught.value.task is tasks[2]
    assert set(server.polls) == {"gone"}


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_batch_query_leads_to_single_queries(world: World, fake_api: Any, status: int) -> None:
    server, client = fake_api({f"task-{number}": 20 for number in range(3)})
    server.refusal = lambda: httpx.Response(status)

    assert all(task.done for task in world.do(client.tasks.wait_all(server.tasks(client))))
    assert server.batches == 1


@pytest.mark.parametrize("status", [503, 200])
def test_a_batch_query_that_alone_fails_is_given_up(world: World, fake_api: Any, status: int) -> None:
    server, client = fake_api({f"task-{number}": 20 for number in range(3)})
    server.refusal = lambda: httpx.Response(status, text="<html>")

    assert all(task.done for task in world.do(client.tasks.wait_all(server.tasks(client))))
    assert 1 < server.batches < 8


def test_polls_of_a_batch_query_are_events(world: World) -> None:
    events: list[Any] = []
    server = FakeTaskAPI(world.clock, {"one": 0, "two": 0})
    client = world.client(server, on_event=events.append)

    world.do(client.tasks.wait_all(server.tasks(client)))

    polls = [event for event in events if isinstance(event, evolink.TaskPolled)]
    assert [(event.task_id, event.task_status) for event in polls] == [
        ("one", "completed"),
        ("two", "completed"),
    ]
