import time
from typing import Any

import pytest
from wrapper.fakes import Api, World, state

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._core import overrides


class Stopped:
    def __init__(self) -> None:
        self.time = 5.0

    def now(self) -> Any:
        return self.time

    def sleep(self, seconds: Any) -> None:
        self.time += seconds


class AsyncStopped:
    def __init__(self) -> None:
        self.time = 5.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def install() -> Any:
    undone = []

    def installed(**changes: Any) -> Any:
        values = {
            "clock": Stopped(),
            "async_clock": AsyncStopped(),
            "allow_local_callbacks": False,
            **changes,
        }
        undo = overrides.install(**values)
        undone.append(undo)
        return undo

    yield installed
    for undo in undone:
        undo()


@pytest.mark.parametrize(("kind", "which"), [(EvoLink, "clock"), (AsyncEvoLink, "async_clock")])
def test_an_override_holds_for_clients_made_before_and_after(kind: Any, which: Any, install: Any) -> None:
    before = kind("k" * 20)
    undo = install()
    after = kind("k" * 20)
    own = kind("k" * 20, clock=Stopped())
    around = getattr(overrides.current(), which)

    assert before._io.clock is after._io.clock is around
    assert own._io.clock is not around

    undo()
    assert before._io.clock is after._io.clock
    assert type(before._io.clock) in {overrides.SystemClock, overrides.AsyncSystemClock}


def test_overrides_nest_and_are_undone_in_any_order(install: Any) -> None:
    outer = install()
    first = overrides.current()
    inner = install()

    outer()
    assert overrides.current() is not first
    outer()  # twice is once
    inner()
    assert overrides.current() is overrides.SYSTEM


def test_equal_overrides_are_undone_separately(install: Any) -> None:
    clock, async_clock = Stopped(), AsyncStopped()
    first = install(clock=clock, async_clock=async_clock)
    second = install(clock=clock, async_clock=async_clock)

    first()
    assert overrides.current() is not overrides.SYSTEM
    second()
    assert overrides.current() is overrides.SYSTEM


def test_a_wait_runs_on_the_overriding_clock(world: World, install: Any) -> None:
    clock = Stopped() if not world.is_async else AsyncStopped()
    install(clock=clock, async_clock=clock)
    client = world.client(Api(state()), clock=None)

    task = world.do(client.tasks.get("task-1"))
    with pytest.raises(evolink.TaskTimeout):
        world.do(task.wait(600))

    assert clock.time == pytest.approx(605, abs=0.01)


def test_the_system_clocks_count_unix_seconds(async_world: World) -> None:
    real, real_async = overrides.SystemClock(), overrides.AsyncSystemClock()
    before = real.now()

    real.sleep(0.001)
    async_world.do(real_async.sleep(0.001))
    real.sleep(-1)
    async_world.do(real_async.sleep(-1))

    assert before + 0.002 <= real_async.now() < before + 5
    assert abs(real.now() - time.time()) < 5
