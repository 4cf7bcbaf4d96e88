"""The mock for tests: everything in the process, nothing on the network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit

from ._adapters.httpx import Exchange, Transport
from ._adapters.webhooks import Courier
from ._clock.clock import RealClock, VirtualClock
from ._contract.contract import Contract
from ._engine.engine import Engine
from ._engine.keys import DEFAULT_KEY
from ._engine.views import TaskViews
from ._tasks.ledger import CREDITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from ._adapters.respx import Router
    from ._clock.clock import Clock
    from ._engine.faults import Garbage, When
    from ._engine.request_log import Log
    from ._tasks.ledger import Ledger
    from ._tasks.outcomes import End
    from ._tasks.task import Pace
    from ._tasks.webhooks import Attempt

RESULTS_AT = "https://results.evolink-mock.invalid"
"""The invented host of result links in-process; `.invalid` can never be a real one."""


class EvoLinkMock:
    """The whole API in the process, for as long as the context is entered.

    While it is entered, every httpx client of the process is served by it, sync and async, made
    before or after; requests to hosts that neither the contract nor the test's own respx routes know
    fail. `EVOLINK_API_KEY` is set to a valid key and `EVOLINK_BASE_URL` is unset, so that clients
    made without arguments work; both are put back on leaving.

    Args:
        clock: `virtual`: no wait takes any time; `real`; or a clock of one's own.
        progress: What makes tasks get on: `time`, the number of queries (`polls`), or `immediate`.
        credits: Credits to begin with.
        seed: Makes ids and chances of one run the same as those of the next.
        allow_local_callbacks: Whether callbacks may go to http, loopback and private addresses.
        contract: What it answers by: an OpenAPI file or document; without, the one of `evolink_api`.
        strict: Whether undocumented parameters are refused; the API takes no notice of them.
        api_key: The key that is valid.

    Raises:
        ValueError: An argument is out of range, or the contract cannot be used.
    """

    def __init__(
        self,
        *,
        clock: Literal["virtual", "real"] | Clock = "virtual",
        progress: Pace = "time",
        credits: float = CREDITS,  # noqa: A002 - the word of the interface
        seed: int = 0,
        allow_local_callbacks: bool = False,
        contract: str | Path | Mapping[str, Any] | Contract | None = None,
        strict: bool = False,
        api_key: str = DEFAULT_KEY,
    ) -> None:
        if progress not in {"time", "polls", "immediate"}:
            raise ValueError(f"progress goes by 'time', 'polls' or is 'immediate', not {progress!r}")
        if isinstance(clock, str) and clock not in {"virtual", "real"}:
            raise ValueError(f"the clock is 'virtual' or 'real', not {clock!r}")
        self._engine = Engine(
            Contract.load(contract),
            (VirtualClock() if clock == "virtual" else RealClock()) if isinstance(clock, str) else clock,
            progress=progress,
            credits=credits,
            seed=seed,
            allow_local_callbacks=allow_local_callbacks,
            strict=strict,
            api_key=api_key,
            links_at=RESULTS_AT,
        )
        self._courier = Courier(self._engine, lambda: self._router is not None)
        self._engine.clock.attend(self._courier)
        self._exchange = Exchange(self._engine, self._courier)
        self._router: Router | None = None
        self._undo: list[Callable[[], object]] = []

    @property
    def clock(self) -> Clock:
        """The one clock: `now()`, `advance(seconds)`, `sleep(seconds)`, and `aio` for coroutines."""
        return self._engine.clock

    @property
    def api_key(self) -> str:
        """A valid key."""
        return self._engine.api_key

    @property
    def base_url(self) -> str:
        """Where the API is, without a slash at the end."""
        return self._engine.contract.server

    @property
    def requests(self) -> Log:
        """The last requests, the newest at the end."""
        return self._engine.requests

    @property
    def ledger(self) -> Ledger:
        """The credits as they are now."""
        return self._engine.jobs.ledger

    @property
    def tasks(self) -> TaskViews:
        """The tasks in the order they were created; also found by id."""
        return TaskViews(self._engine)

    @property
    def callbacks(self) -> tuple[Attempt, ...]:
        """The last attempts to deliver a callback, the newest at the end."""
        return self._engine.jobs.callbacks.attempts

    @property
    def router(self) -> Router:
        """The respx router, to add routes of one's own to; only while the mock is entered."""
        if self._router is None:
            raise RuntimeError(
                "the mock has a router only while it is entered: `with EvoLinkMock() as mock:`"
            )
        return self._router

    def fault(
        self,
        *,
        status: int | None = None,
        times: int | None = None,
        share: float | None = None,
        headers: Mapping[str, str] | None = None,
        delay: float | None = None,
        hang: bool | None = None,
        disconnect: When | None = None,
        truncate: int | None = None,
        body: Garbage | None = None,
        code_type: Literal["integer"] | None = None,
        operation: str | None = None,
        when: When | None = None,
    ) -> None:
        """Let something go wrong with the next call, the next `times` calls, or a `share` of them.

        Args:
            status: Answer with this status, in the documented words where there are some.
            times: How many calls it befalls; 1 if there is no `share` either.
            share: The share of the calls that it befalls, 0 to 1; which ones follows from the seed.
            headers: Headers of the reply.
            delay: Seconds of the clock before the reply; longer than the client's patience is a timeout.
            hang: The reply never comes.
            disconnect: The connection is closed without a reply, `before` or `after` the request is
                carried out: a job is charged in the second case only.
            truncate: The connection is closed after so many bytes of the body.
            body: What stands in place of the body: `html`, `broken-json` or `empty`.
            code_type: `integer` for error codes as older replies have them.
            operation: The operation it befalls by any of its names, or `create`, `query`, `results`;
                without, every one but downloads.
            when: Whether a status comes `before` or `after` the request is carried out.

        Raises:
            ValueError: Something is out of range or does nothing.
            LookupError: The contract has no such operation.
        """
        with self._engine.lock:
            self._engine.faults.add(
                status=status,
                times=times,
                share=share,
                headers=headers,
                delay=delay,
                hang=hang,
                disconnect=disconnect,
                truncate=truncate,
                body=body,
                code_type=code_type,
                operation=operation,
                when=when,
            )

    def outcome(
        self,
        end: End,
        /,
        *,
        code: str | None = None,
        message: str | None = None,
        times: int = 1,
        status: str | None = None,
        seconds: float | None = None,
        results: int | None = None,
        extra: Mapping[str, Any] | None = None,
        started: bool | None = None,
        renew_links: bool | None = None,
        undocumented: bool = False,
    ) -> None:
        """Say how the next task ends, or the next `times` tasks.

        Args:
            end: `completed`, `failed` or `cancelled`.
            code: Why it fails; without, the first documented code.
            message: What a failed task says; without, what the contract advises for the code.
            times: For how many tasks.
            status: A word that is shown in place of `processing`.
            seconds: How long it takes; without, as long as the model's documents say.
            results: How many files it makes; 1 by default.
            extra: Fields that are added to what the query tells.
            started: It is processing already in the reply that creates it.
            renew_links: Every query makes the links anew, so that they never stay expired.
            undocumented: Take a code that the contract does not know.

        Raises:
            ValueError: Something is unknown or out of range.
        """
        with self._engine.lock:
            self._engine.jobs.outcomes.add(
                end,
                code=code,
                message=message,
                times=times,
                status=status,
                seconds=seconds,
                results=results,
                extra=extra,
                started=started,
                renew_links=renew_links,
                undocumented=undocumented,
            )

    def issue_key(self, key: str, models: Iterable[str] | None = None) -> None:
        """Make a further key valid, for the named models only if there are any."""
        with self._engine.lock:
            self._engine.keys.issue(key, models)

    def reset(self) -> None:
        """Begin anew: no tasks, faults, outcomes, requests; the credits of the beginning."""
        self._engine.reset()

    def transport(self) -> Transport:
        """A transport for httpx clients, for those who want nothing patched; needs no entering."""
        return Transport(self._exchange)

    def __enter__(self) -> Self:
        if self._router is not None:
            raise RuntimeError("the mock is entered already")
        try:
            from ._adapters.respx import Router  # noqa: PLC0415 - the other doors need no respx
        except ImportError as error:
            raise RuntimeError("patching httpx needs respx: pip install 'evolink-client[mock]'") from error
        host = urlsplit(RESULTS_AT).netloc
        self._router = Router(self._exchange, self._engine.contract.hosts | {host})
        self._router.start()
        self._undo = [
            self._router.stop,
            _environment(EVOLINK_API_KEY=self.api_key, EVOLINK_BASE_URL=None),
            self._install(),
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        while self._undo:
            self._undo.pop()()
        self._router = None

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def _install(self) -> Callable[[], None]:
        """Give the clock to the clients of `evolink`, where it is installed."""
        try:
            from evolink._core import overrides  # noqa: PLC0415 - only if it is there
        except ImportError:
            return lambda: None
        return overrides.install(
            clock=self.clock,
            async_clock=self.clock.aio,
            allow_local_callbacks=self._engine.allow_local_callbacks,
        )

    def __repr__(self) -> str:
        return f"<EvoLinkMock of {self.base_url}: {len(self.requests)} requests, {len(self.tasks)} tasks>"


def _environment(**values: str | None) -> Callable[[], None]:
    before = {name: os.environ.get(name) for name in values}

    def put(wanted: Mapping[str, str | None]) -> None:
        for name, value in wanted.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    put(values)
    return lambda: put(before)
