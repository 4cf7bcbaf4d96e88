"""Delivering callbacks by httpx: in-process on the mock's clock, or over the network."""

from __future__ import annotations

import asyncio
import ssl
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.engine import Engine
    from .._tasks.account import Jobs
    from .._tasks.webhooks import Delivery

_HEADERS = {"content-type": "application/json", "user-agent": "evolink-mock"}
_AT_ONCE = 32
"""Deliveries under way over the network; a storm of them must not hold up who asks meanwhile."""


class Courier:
    """Delivers callbacks in-process, through the same patched httpx as the application's own calls.

    Args:
        engine: Whose callbacks they are.
        open_: Whether there is anything to deliver through; if not, that is what the log says.
    """

    def __init__(self, engine: Engine, open_: Callable[[], bool]) -> None:
        self._engine = engine
        self._open = open_

    @property
    def _jobs(self) -> Jobs:
        return self._engine.jobs  # others after each reset

    def due(self) -> float | None:
        """When the next callback is due; None when there is none."""
        return self._jobs.callbacks.due()

    def run(self) -> None:
        """Deliver what is due."""
        if not self._is_due():
            return
        with httpx.Client(**self._options) as client:
            while (delivery := self._jobs.next_callback()) is not None:
                if self._admitted(delivery):
                    try:
                        status = client.post(**_message(delivery)).status_code
                    except Exception as error:  # noqa: BLE001 - told apart in one place
                        self._failed(delivery, error)
                    else:
                        self._jobs.callback_done(delivery, status)

    async def arun(self) -> None:
        """Deliver what is due."""
        if not self._is_due():
            return
        async with httpx.AsyncClient(**self._options) as client:
            while (delivery := self._jobs.next_callback()) is not None:
                if self._admitted(delivery):
                    try:
                        status = (await client.post(**_message(delivery))).status_code
                    except Exception as error:  # noqa: BLE001 - told apart in one place
                        self._failed(delivery, error)
                    else:
                        self._jobs.callback_done(delivery, status)

    def _is_due(self) -> bool:
        due = self._jobs.callbacks.due()
        return due is not None and due <= self._engine.clock.now()

    def _admitted(self, delivery: Delivery) -> bool:
        if self._open():
            return True
        self._jobs.callback_done(delivery, None, "callbacks are sent only while the mock is entered")
        return False

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        """Log a failed try; what goes wrong in a test's own receiver is the test's to see."""
        from respx.models import AllMockedAssertionError  # noqa: PLC0415 - there, since it is patched

        self._jobs.callback_done(delivery, None, f"{type(error).__name__}: {error}")
        if not isinstance(error, httpx.HTTPError | httpx.InvalidURL | AllMockedAssertionError):
            raise error

    @cached_property
    def _options(self) -> dict[str, Any]:
        # Nothing is encrypted in-process, and loading certificates takes longer than a test.
        return {"verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "trust_env": False}


class Pump:
    """Delivers callbacks over the network, beside an event loop that serves requests.

    Args:
        engine: Whose callbacks they are.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    @property
    def _jobs(self) -> Jobs:
        return self._engine.jobs  # others after each reset

    def stir(self) -> None:
        """Look again at what is due when."""
        self._changed.set()
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run(), name="evolink-mock-callbacks")

    async def close(self) -> None:
        """Stop delivering."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        clock = self._engine.clock
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as group:
            under_way: set[asyncio.Task[None]] = set()

            def arrived(task: asyncio.Task[None]) -> None:
                under_way.discard(task)
                self._changed.set()

            while under_way or self._jobs.callbacks.due() is not None:
                while len(under_way) < _AT_ONCE and (delivery := self._jobs.next_callback()) is not None:
                    task = group.create_task(self._deliver(client, delivery))
                    under_way.add(task)
                    task.add_done_callback(arrived)
                self._changed.clear()
                due = self._jobs.callbacks.due()
                if due is not None and clock.virtual and not under_way:
                    return  # nobody knows when; the next request looks again
                pause = None
                if due is not None and not clock.virtual and len(under_way) < _AT_ONCE:
                    pause = max(0.0, due - clock.now()) / clock.speed
                try:
                    async with asyncio.timeout(pause):
                        await self._changed.wait()
                except TimeoutError:
                    pass

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        try:
            status = (await client.post(**_message(delivery))).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._jobs.callback_done(delivery, None, f"{type(error).__name__}: {error}")
        else:
            self._jobs.callback_done(delivery, status)


def _message(delivery: Delivery) -> dict[str, Any]:
    return {
        "url": delivery.url,
        "content": delivery.body,
        "headers": _HEADERS,
        "timeout": delivery.policy.timeout,
    }
