"""Virtual time: nobody waits, and nobody wakes out of turn."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock import EvoLinkMock, RealClock, VirtualClock

if TYPE_CHECKING:
    from evolink_mock import Contract


def test_a_thread_that_sleeps_moves_the_time_on_at_once() -> None:
    clock = VirtualClock()
    began, now = time.monotonic(), clock.now()
    clock.sleep(86_400)
    assert clock.now() - now == 86_400
    assert time.monotonic() - began < 1


def test_a_negative_sleep_is_none() -> None:
    clock = VirtualClock(5)
    clock.sleep(-3)
    assert clock.now() == 5


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20))
def test_coroutines_wake_in_the_order_of_their_times(naps: Any) -> None:
    clock = VirtualClock(0)
    woken = []

    async def nap(seconds: Any) -> None:
        await clock.aio.sleep(seconds)
        woken.append((seconds, clock.now()))

    async def main() -> None:
        await asyncio.gather(*map(nap, naps))

    asyncio.run(main())
    assert [seconds for seconds, _ in woken] == sorted(naps)
    assert all(seconds == now for seconds, now in woken)


def test_ten_thousand_waiters_take_as_long_as_the_slowest() -> None:
    clock = VirtualClock(0)

    async def wait(number: Any) -> None:
        for _ in range(3):
            await clock.aio.sleep(10 + number % 7)

    async def main() -> None:
        await asyncio.gather(*map(wait, range(10_000)))

    began = time.monotonic()
    asyncio.run(main())
    assert clock.now() == 3 * 16
    assert time.monotonic() - began < 10


def test_time_waits_for_work_that_passes_from_task_to_task() -> None:
    """A sleeper must not wake before others have had their say at the present time."""
    clock = VirtualClock(0)
    heard = []

    async def relay(queue: Any, onward: Any) -> None:
        heard.append(clock.now())
        await onward.put(await queue.get())

    async def main() -> None:
        queues: list[asyncio.Queue[str]] = [asyncio.Queue() for _ in range(6)]
        async with asyncio.TaskGroup() as group:
            group.create_task(clock.aio.sleep(100))
            for queue, onward in itertools.pairwise(queues):
                group.create_task(relay(queue, onward))
            await queues[0].put("word")
            assert await queues[-1].get() == "word"
            heard.append(clock.now())

    asyncio.run(main())
    assert set(heard) == {0}
    assert clock.now() == 100


def test_a_cancelled_sleeper_is_not_waited_for() -> None:
    clock = VirtualClock(0)

    async def main() -> None:
        sleeper = asyncio.create_task(clock.aio.sleep(1000))
        await asyncio.sleep(0)
        sleeper.cancel()
        await clock.aio.sleep(5)
        with pytest.raises(asyncio.CancelledError):
            await sleeper

    asyncio.run(main())
    assert clock.now() == 5


def test_moving_the_clock_wakes_who_is_due() -> None:
    clock = VirtualClock(0)

    async def main() -> Any:
        sleeper = asyncio.create_task(clock.aio.sleep(50))
        await asyncio.sleep(0)
        clock.advance(60)
        await sleeper
        return clock.now()

    assert asyncio.run(main()) == 60


def test_several_event_loops_share_the_time() -> None:
    clock = VirtualClock(0)
    threads = [
        threading.Thread(target=lambda: asyncio.run(clock.aio.sleep(30)), daemon=True) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert 30 <= clock.now() <= 120


def test_nothing_runs_on_after_the_last_sleeper() -> None:
    clock = VirtualClock(0)

    async def main() -> Any:
        await clock.aio.sleep(1)
        loop = asyncio.get_running_loop()
        turns = 0

        def count(left: Any) -> None:
            nonlocal turns
            turns += 1
            if left:
                loop.call_soon(count, left - 1)

        await asyncio.sleep(0)
        loop.call_soon(count, 3)
        await asyncio.sleep(0.01)
        return turns

    assert asyncio.run(main()) == 4


def test_a_real_clock_runs_as_fast_as_asked() -> None:
    clock = RealClock(speed=1000)
    before = clock.now()
    clock.sleep(10)
    asyncio.run(clock.aio.sleep(10))
    assert clock.now() - before >= 20
    clock.advance(3600)
    assert clock.now() - before >= 3620


@pytest.mark.parametrize("speed", [0, -1, float("inf")])
def test_a_real_clock_needs_a_speed(speed: Any) -> None:
    with pytest.raises(ValueError, match="speed"):
        RealClock(speed)


def test_a_clock_of_ones_own_is_taken(invented: Contract) -> None:
    clock = VirtualClock(77)
    with EvoLinkMock(contract=invented, clock=clock) as mock:
        assert mock.clock is clock


@pytest.mark.parametrize("options", [{"clock": "atomic"}, {"progress": "luck"}])
def test_an_unknown_option_is_refused(invented: Contract, options: Any) -> None:
    with pytest.raises(ValueError, match=r"atomic|luck"):
        EvoLinkMock(contract=invented, **options)
