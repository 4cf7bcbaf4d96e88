import pytest

import evolink
from evolink import AsyncEvoLink, EvoLink, _ambient, _clock


class Stopped:
    def __init__(self):
        self.time = 5.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


class AsyncStopped(Stopped):
    async def sleep(self, seconds):
        super().sleep(seconds)


@pytest.fixture
def install():
    undone = []

    def installed(**changes):
        values = {"clock": Stopped(), "async_clock": AsyncStopped(), "allow_local_callbacks": False, **changes}
        undo = _ambient.install(**values)
        undone.append(undo)
        return undo

    yield installed
    for undo in undone:
        undo()


@pytest.mark.parametrize(("kind", "which"), [(EvoLink, "clock"), (AsyncEvoLink, "async_clock")])
def test_a_client_follows_the_clock_around_it_whenever_it_was_made(kind, which, install):
    before = kind("k" * 20)
    undo = install()
    after = kind("k" * 20)
    own = kind("k" * 20, clock=Stopped())
    around = getattr(_ambient.current(), which)

    assert before._io.clock is after._io.clock is around
    assert own._io.clock is not around

    undo()
    assert before._io.clock is after._io.clock
    assert type(before._io.clock) in {_clock.RealClock, _clock.RealAsyncClock}


def test_installations_nest_and_are_undone_in_any_order(install):
    outer = install()
    first = _ambient.current()
    inner = install()

    outer()
    assert _ambient.current() is not first
    outer()  # twice is once
    inner()
    assert _ambient.current() is None


def test_equal_installations_are_told_apart(install):
    clock, async_clock = Stopped(), AsyncStopped()
    first = install(clock=clock, async_clock=async_clock)
    second = install(clock=clock, async_clock=async_clock)

    first()
    assert _ambient.current() is not None
    second()
    assert _ambient.current() is None


def test_a_wait_runs_on_the_clock_around_it(world, api, state, install):
    clock = Stopped() if not world.is_async else AsyncStopped()
    install(clock=clock, async_clock=clock)
    client = world.client(api(state()), clock=None)

    task = world.do(client.tasks.get("task-1"))
    with pytest.raises(evolink.TaskTimeout):
        world.do(task.wait(600))

    assert clock.time == pytest.approx(605, abs=0.01)


def test_the_real_clocks_count_unix_seconds(async_world):
    import time

    real, real_async = _clock.RealClock(), _clock.RealAsyncClock()
    before = real.now()

    real.sleep(0.001)
    async_world.do(real_async.sleep(0.001))
    real.sleep(-1)
    async_world.do(real_async.sleep(-1))

    assert before + 0.002 <= real_async.now() < before + 5
    assert abs(real.now() - time.time()) < 5
