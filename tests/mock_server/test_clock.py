"""Virtual and real clocks."""

import asyncio
import itertools
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock import Contract, EvoLinkMock, RealClock, VirtualClock
from evolink_mock._clock import clock as clocks


def test_sleeping_thread_moves_the_time() -> None:
    clock = VirtualClock()
    now = clock.now()
    clock.sleep(86_400)
    assert clock.now() - now == 86_400


def test_threads_sleep_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "_QUIET", 60.0)  # until all are asleep
    clock = VirtualClock(0)
    ready = threading.Barrier(4)
    woken: list[float] = []

    def nap(seconds: int, times: int) -> None:
        clock.sleep(0)
        ready.wait(10)
        for number in range(1, times + 1):
            clock.sleep(seconds)
            woken.append(clock.now() - seconds * number)

    naps = [(30, 1), (10, 3), (15, 2), (6, 5)]
    threads = [threading.Thread(target=nap, args=one, daemon=True) for one in naps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert woken == [0] * 11
    assert clock.now() == 30


def test_thread_that_does_something_else_does_not_stop_the_time() -> None:
    clock = VirtualClock(0)
    clock.sleep(0)
    thread = threading.Thread(target=clock.sleep, args=(5,), daemon=True)
    thread.start()
    thread.join(10)
    assert clock.now() == 5


def test_negative_sleep_counts_as_zero() -> None:
    clock = VirtualClock(5)
    clock.sleep(-3)
    assert clock.now() == 5


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20))
def test_coroutines_wake_in_order(naps: list[float]) -> None:
    clock = VirtualClock(0)
    woken = []

    async def nap(seconds: float) -> None:
        await clock.aio.sleep(seconds)
        woken.append((seconds, clock.now()))

    async def main() -> None:
        await asyncio.gather(*map(nap, naps))

    asyncio.run(main())
    assert [seconds for seconds, _ in woken] == sorted(naps)
    assert all(seconds == now for seconds, now in woken)


@pytest.mark.slow
def test_many_sleepers_take_as_long_as_the_slowest() -> None:
    clock = VirtualClock(0)

    async def wait(number: int) -> None:
        for _ in range(3):
            await clock.aio.sleep(10 + number % 7)

    async def main() -> None:
        await asyncio.gather(*map(wait, range(10_000)))

    began = time.process_time()
    asyncio.run(main())
    assert clock.now() == 3 * 16
    assert time.process_time() - began < 10


def test_time_waits_for_work_in_other_tasks() -> None:
    """A sleeper must not wake before other tasks have finished what they do at the present time."""
    clock = VirtualClock(0)
    times = []

    async def relay(queue: Any, onward: Any) -> None:
        times.append(clock.now())
        await onward.put(await queue.get())

    async def main() -> None:
        queues: list[asyncio.Queue[str]] = [asyncio.Queue() for _ in range(6)]
        async with asyncio.TaskGroup() as group:
            group.create_task(clock.aio.sleep(100))
            for queue, onward in itertools.pairwise(queues):
                group.create_task(relay(queue, onward))
            await queues[0].put("word")
            assert await queues[-1].get() == "word"
            times.append(clock.now())

    asyncio.run(main())
    assert set(times) == {0}
    assert clock.now() == 100


def test_advance_wakes_sleepers() -> None:
    clock = VirtualClock(0)

    async def main() -> Any:
        sleeper = asyncio.create_task(clock.aio.sleep(50))
        await asyncio.sleep(0)
        clock.advance(60)
        await sleeper
        return clock.now()

    assert asyncio.run(main()) == 60


def test_event_loops_share_the_time() -> None:
    clock = VirtualClock(0)
    threads = [
        threading.Thread(target=lambda: asyncio.run(clock.aio.sleep(30)), daemon=True) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert 30 <= clock.now() <= 120


def test_nothing_runs_after_the_last_sleeper() -> None:
    aio: Any = VirtualClock(0).aio

    async def main() -> Any:
        await aio.sleep(1)
        await asyncio.sleep(0)
        [queue] = aio._asyncio._loops.values()
        return queue._is_watching

    assert not asyncio.run(main())


def test_real_clock_has_a_speed() -> None:
    clock = RealClock(speed=1000)
    before = clock.now()
    clock.sleep(10)
    asyncio.run(clock.aio.sleep(10))
    assert clock.now() - before >= 20
    clock.advance(3600)
    assert clock.now() - before >= 3620


@pytest.mark.parametrize("speed", [0, -1, 1e-300, 1e300, float("inf"), float("nan")])
def test_real_clock_refuses_an_invalid_speed(speed: Any) -> None:
    with pytest.raises(ValueError, match="speed"):
        RealClock(speed)


@pytest.mark.parametrize("clock", [VirtualClock(), RealClock()])
@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12, 10**400])
def test_clock_refuses_an_invalid_move(clock: Any, seconds: Any) -> None:
    before = clock.now()
    for move in (clock.advance, clock.step):
        with pytest.raises(ValueError, match="year 9892"):
            move(seconds)
    assert clock.now() - before < 1000


def test_custom_clock_is_used(synthetic: Contract) -> None:
    clock = VirtualClock(77)
    with EvoLinkMock(contract=synthetic, clock=clock) as mock:
        assert mock.clock is clock


@pytest.mark.parametrize("options", [{"clock": "atomic"}, {"progress": "luck"}])
def test_invalid_option_is_refused(synthetic: Contract, options: Any) -> None:
    with pytest.raises(ValueError, match=r"atomic|luck"):
        EvoLinkMock(contract=synthetic, **options)
