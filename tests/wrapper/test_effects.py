import asyncio
from typing import Any

import pytest

from evolink._http.io import Blocking, Effect, Notify, Sleep, arun, run


class Ask(Effect[Any]):
    """Answers with what it was made with."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def perform(self, io: Any) -> Any:
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value

    async def aperform(self, io: Any) -> Any:
        await asyncio.sleep(0)
        return self.perform(io)


@pytest.fixture
def drive(world: Any) -> Any:
    """Runs a flow in either world."""
    io = world.client(lambda request: None)._io
    return lambda flow: world.do((arun if world.is_async else run)(flow, io))


def test_a_flow_gets_answers_and_gives_one(drive: Any) -> None:
    async def flow() -> Any:
        return [await Ask(1), await inner()]

    async def inner() -> Any:
        return await Ask(2) + await Ask(3)

    assert drive(flow()) == [1, 5]


@pytest.mark.parametrize("error", [ValueError("v"), KeyboardInterrupt()])
def test_a_flow_is_told_of_failures_and_may_handle_them(drive: Any, error: Any) -> None:
    async def flow() -> Any:
        try:
            await Ask(error)
        except (ValueError, KeyboardInterrupt) as caught:
            return (caught, await Ask("after"))

    assert drive(flow()) == (error, "after")


def test_a_failure_that_a_flow_does_not_handle_comes_out_of_it(drive: Any) -> None:
    cleaned = []

    async def flow() -> None:
        try:
            await Ask(KeyError("k"))
        finally:
            cleaned.append(await Ask("clean"))

    with pytest.raises(KeyError):
        drive(flow())
    assert cleaned == ["clean"]


def test_sleeping_asks_the_clock(drive: Any, world: Any) -> None:
    async def flow() -> None:
        await Sleep(5)

    drive(flow())

    assert world.clock.sleeps == [5]


def test_the_disk_is_waited_for_and_its_errors_are_told(drive: Any) -> None:
    def broken() -> None:
        raise OSError("full")

    async def flow() -> None:
        assert await Blocking(lambda: 7) == 7
        await Blocking(broken)

    with pytest.raises(OSError, match="full"):
        drive(flow())


def test_a_function_is_called_with_its_arguments(drive: Any) -> None:
    seen = []

    async def flow() -> None:
        await Notify(lambda *values: seen.append(values), 1, 2)

    drive(flow())

    assert seen == [(1, 2)]
