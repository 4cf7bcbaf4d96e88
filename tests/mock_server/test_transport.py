"""The transport that joins the writes of a response."""

from __future__ import annotations

import asyncio
from typing import Any

from evolink_mock._adapters.uvicorn import CoalescingTransport


class _Wire:
    """A transport that records its calls."""

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


def test_writes_of_one_turn_are_joined() -> None:
    assert _after(lambda one: (one.write(b"head "), one.write(b"body"))) == [b"head body"]


def test_close_flushes() -> None:
    assert _after(lambda one: (one.write(b"head "), one.write(b"body"), one.close())) == [
        b"head body",
        "closed",
    ]


def test_writes_of_two_turns_are_separate() -> None:
    async def run() -> list[bytes | str]:
        wire = _Wire()
        one = CoalescingTransport(wire)
        for data in (b"one reply", b"the next"):
            one.write(data)
            await asyncio.sleep(0)
        return wire.done

    assert asyncio.run(run()) == [b"one reply", b"the next"]


def test_nothing_is_sent_after_a_disconnect() -> None:
    async def run() -> list[bytes | str]:
        wire = _Wire()
        CoalescingTransport(wire).write(b"too late")
        wire.lost = True
        await asyncio.sleep(0)
        return wire.done

    assert asyncio.run(run()) == []


def test_other_attributes_are_delegated() -> None:
    async def run() -> str:
        told: str = CoalescingTransport(_Wire()).get_extra_info("peername")
        return told

    assert asyncio.run(run()) == "the peername"
