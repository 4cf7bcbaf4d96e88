"""Waiting for many tasks over few connections."""

import threading
from typing import Any

import httpx
import pytest
from wrapper.fakes import World
from wrapper.hosts import LINK

import evolink


class FakeTaskAPI:
    """An API in which every task ends at a time of its own."""

    def __init__(self, clock: Any, ends: dict[str, float]) -> None:
        self.clock = clock
        self.began = clock.now()
        self.ends = ends
        self.polls: dict[str, int] = {}
        self.in_flight = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        with self._lock:
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            self.polls[name] = self.polls.get(name, 0) + 1
        age = self.clock.now() - self.began
        status = "completed" if age >= self.ends[name] else "processing"
        if name.startswith("bad") and status == "completed":
            status = "failed"
        with self._lock:
            self.in_flight -= 1
        results = [LINK] if status == "completed" else []
        return httpx.Response(200, json={"id": name, "status": status, "results": results})

    def tasks(self, client: Any) -> list[Any]:
        return [client.callbacks.parse({"id": name, "status": "pending"}) for name in self.ends]


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
    assert set(server.polls) == set(server.ends)
    assert threading.active_count() <= before + 4
