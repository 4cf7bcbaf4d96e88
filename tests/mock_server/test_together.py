"""How the server writes: the head and the body of a reply leave together."""

from __future__ import annotations

import asyncio
from typing import Any

from evolink_mock._adapters.uvicorn import CoalescingTransport


class _Wire:
    """A transport that notes what is done with it."""

    def __init__(self) -> None:
        self.done: list[bytes | str] = []
        self.lost = False

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return self.lost or "closed" in self.done

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def _after(steps: Any) -> list[bytes | str]:
    async def run() -> list[bytes | str]:
        wire = _Wire()
        steps(CoalescingTransport(wire))
        await asyncio.sleep(0)
        return wire.done

    return asyncio.run(run())


def test_what_is_written_in_one_turn_is_sent_at_once() -> None:
    assert _after(lambda one: (one.write(b"head "), one.write(b"body"))) == [b"head body"]


def test_what_was_written_before_the_end_is_sent() -> None:
    assert _after(lambda one: (one.write(b"head "), one.write(b"body"), one.close())) == [
        b"head body",
        "closed",
    ]


def test_what_is_written_later_is_sent_later() -> None:
    async def run() -> list[bytes | str]:
        wire = _Wire()
        one = CoalescingTransport(wire)
        for data in (b"one reply", b"the next"):
            one.write(data)
            await asyncio.sleep(0)
        return wire.done

    assert asyncio.run(run()) == [b"one reply", b"the next"]


def test_nothing_is_sent_to_a_client_that_has_left_meanwhile() -> None:
    async def run() -> list[bytes | str]:
        wire = _Wire()
        CoalescingTransport(wire).write(b"too late")
        wire.lost = True
        await asyncio.sleep(0)
        return wire.done

    assert asyncio.run(run()) == []


def test_the_rest_is_left_to_the_transport() -> None:
    async def run() -> str:
        told: str = CoalescingTransport(_Wire()).get_extra_info("peername")
        return told

    assert asyncio.run(run()) == "the peername"
